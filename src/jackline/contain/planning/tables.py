"""What of a host is shown in a sandbox, as data. An allow-list: what is in no table is absent.

Paths begin with `/`, or with `~/` for the home of whoever runs the session. Sources: the file system hierarchy standard
(hier(7)), each tool chain's own manual for where it keeps programs and where credentials, environ(7), ld.so(8).
"""

from __future__ import annotations

from typing import Final


def words(text: str) -> tuple[str, ...]:
    """A table's words, written in lines."""
    return tuple(text.split())


SYSTEM: Final = words("/usr /bin /sbin /lib /lib32 /lib64 /libx32 /opt /nix/store /gnu/store")
"""Programs and libraries, shown whole and read-only."""

ETC: Final = words(
    """
    passwd group hosts nsswitch.conf host.conf gai.conf protocols services rpc networks ethertypes
    ld.so.cache ld.so.conf ld.so.conf.d alternatives localtime timezone machine-id os-release lsb-release debian_version
    redhat-release fedora-release alpine-release issue locale.conf locale.alias locale.gen default/locale
    ssl/certs ssl/openssl.cnf ssl/cert.pem ca-certificates ca-certificates.conf pki/tls/certs pki/tls/cert.pem
    pki/tls/openssl.cnf pki/ca-trust crypto-policies
    profile profile.d bash.bashrc bashrc bash_completion.d inputrc shells skel zsh fish csh.cshrc
    mime.types mailcap magic magic.mime terminfo fonts xdg/mime man_db.conf manpath.config papersize
    gitattributes vim nanorc screenrc tmux.conf lesskey
    python python2.7 python3 java java-8-openjdk java-11-openjdk java-17-openjdk java-21-openjdk java-25-openjdk
    perl php ruby R julia lua node maven mercurial/hgrc.d subversion emacs
    OpenCL vulkan ImageMagick-6 ImageMagick-7 matplotlibrc gdb ghostscript groff sgml xml texmf
    claude-code codex gemini-cli
    """
)
"""Of /etc, what programs need to run. Copied once a session, and of it only what everyone may read."""

SECRETS_OF_ETC: Final = words(
    "private *_key *.key *.p12 *.pfx *.jks *.keytab auth.conf* credentials* shadow* gshadow* *secret*"
)
"""Names that are left out of the copy of /etc wherever they stand, even where everyone may read them."""

TOOLCHAINS: Final = words(
    """
    ~/.pyenv ~/.local/bin ~/.local/lib ~/.local/pipx ~/.local/share/pipx ~/.local/share/uv/python ~/.local/share/uv/tools
    ~/.local/share/virtualenvs ~/.virtualenvs ~/.pixi/bin ~/.pixi/envs ~/.local/share/hatch ~/.local/share/pdm/venvs
    ~/miniconda3 ~/anaconda3 ~/miniforge3 ~/mambaforge ~/.local/share/mamba ~/micromamba
    ~/.nvm ~/.fnm ~/.local/share/fnm ~/.volta ~/.n ~/.nodenv ~/.npm-global ~/.yarn/bin ~/.local/share/pnpm ~/.bun/bin ~/.bun/install/global
    ~/.deno/bin ~/.cargo/bin ~/.cargo/env ~/.rustup ~/go/bin ~/go/pkg ~/.local/go ~/sdk ~/.goenv ~/.gvm
    ~/.rbenv ~/.rvm ~/.gem/ruby ~/.local/share/gem/ruby ~/.sdkman/candidates ~/.jenv ~/.m2/repository ~/.m2/wrapper
    ~/.gradle/wrapper ~/.local/share/coursier ~/.asdf ~/.local/share/mise ~/.local/share/rtx ~/.proto
    ~/.dotnet ~/.nuget/packages ~/.ghcup ~/.stack/programs ~/.opam ~/.elan ~/.juliaup ~/.julia/juliaup ~/.linuxbrew
    ~/.local/share/claude ~/.claude/local ~/.local/share/bash-completion ~/.terraform.versions ~/.tfenv ~/.krew/bin
    """
)
"""Tool chains below a home, shown read-only: the parts that hold programs, never those that hold credentials."""

FOLDERS_OF_PROGRAMS: Final = frozenset(words("bin sbin shims .bin libexec games cmd current"))

SETTINGS: Final = words(
    "~/.gitconfig ~/.config/git/config ~/.config/git/ignore ~/.config/git/attributes ~/.gitignore_global"
)
"""Settings of everyday tools, shown read-only where they hold nothing like a credential (`host.harmless`)."""

SECRETS: Final = words(
    """
    ~/.ssh ~/.gnupg ~/.aws ~/.azure ~/.config/gcloud ~/.kube ~/.docker ~/.config/containers ~/.oci ~/.aliyun ~/.bluemix
    ~/.netrc ~/_netrc ~/.npmrc ~/.yarnrc ~/.yarnrc.yml ~/.pypirc ~/.config/pip ~/.pip ~/.git-credentials
    ~/.config/git/credentials ~/.config/gh ~/.config/hub ~/.config/glab-cli ~/.cargo/credentials ~/.cargo/credentials.toml
    ~/.cargo/config.toml ~/.gem/credentials ~/.bundle ~/.composer ~/.config/composer ~/.m2/settings.xml
    ~/.m2/settings-security.xml ~/.gradle/gradle.properties ~/.condarc ~/.config/pypoetry ~/.local/share/uv/credentials
    ~/.pgpass ~/.my.cnf ~/.mylogin.cnf ~/.pg_service.conf ~/.snowsql ~/.databrickscfg ~/.terraform.d ~/.terraformrc
    ~/.pulumi ~/.vault-token ~/.fly ~/.config/netlify ~/.vercel ~/.wrangler ~/.config/.wrangler ~/.railway ~/.supabase
    ~/.config/stripe ~/.config/rclone ~/.restic-password ~/.config/borg ~/.huggingface ~/.cache/huggingface/token
    ~/.kaggle ~/.config/wandb ~/.config/ngrok ~/.ngrok2 ~/.cloudflared ~/.sentryclirc ~/.config/github-copilot ~/.copilot
    ~/.password-store ~/.config/op ~/.config/1Password ~/.config/keepassxc ~/.local/share/keyrings ~/.local/share/kwalletd
    ~/.pki ~/.age ~/.config/sops ~/.minisign ~/.mozilla ~/.config/google-chrome ~/.config/chromium
    ~/.config/BraveSoftware ~/.config/microsoft-edge ~/.config/vivaldi ~/.config/opera ~/.thunderbird ~/.var/app
    ~/.config/Signal ~/.config/Slack ~/.config/discord ~/.bash_history ~/.zsh_history ~/.python_history ~/.psql_history
    ~/.Xauthority ~/.ICEauthority ~/.dbus ~/.vnc ~/.bitcoin ~/.ethereum ~/.electrum ~/.config/solana
    ~/.claude/.credentials.json ~/.codex/auth.json ~/.gemini/oauth_creds.json ~/.qwen/oauth_creds.json
    ~/.local/share/opencode/auth.json
    /etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/sudoers /etc/sudoers.d /etc/ssl/private /etc/pki/tls/private
    /etc/letsencrypt /etc/wireguard /etc/openvpn /etc/krb5.keytab /etc/docker/key.json /etc/NetworkManager
    /etc/kubernetes /etc/rancher /etc/credstore /etc/credstore.encrypted /etc/ssh /var/lib/docker /var/lib/tailscale
    """
)
"""Where credentials, keys and what is personal lie. Shown only where a decided effect names the very file."""

SECRET_NAMES: Final = words(
    """
    .env .env.* .envrc .dev.vars id_rsa id_dsa id_ecdsa id_ed25519 *.pem *.key *.p12 *.pfx *.jks *.keystore *.ppk *.kdbx
    .netrc .npmrc .pypirc .pgpass .git-credentials .vault-token .htpasswd credentials credentials.* secrets.* kubeconfig
    *.kubeconfig service-account*.json client_secret*.json *.tfstate *.tfstate.backup .ssh .gnupg .aws .docker .kube
    logins.json key4.db cookies.sqlite
    """
)
"""Names that are secret in any directory: where an effect shows a directory, what bears one of them is hidden in it."""

NEVER: Final = words("/proc /sys /dev /run /var/run /boot /lost+found")
"""A sandbox has its own of these, or none: no effect shows a part of the host's."""

SHARED_TEMPORARY: Final = words("/tmp /var/tmp /dev/shm")  # noqa: S108
"""Where every session has its own."""

INHERITED: Final = frozenset(
    words(
        """
        LANG LANGUAGE TERM COLORTERM TERM_PROGRAM TZ COLUMNS LINES NO_COLOR FORCE_COLOR CLICOLOR CI DEBIAN_FRONTEND
        SOURCE_DATE_EPOCH EDITOR VISUAL PAGER LESS LS_COLORS
        NVM_DIR PYENV_ROOT RUSTUP_HOME RUSTUP_TOOLCHAIN CARGO_HOME GOPATH GOROOT JAVA_HOME VOLTA_HOME PNPM_HOME BUN_INSTALL
        DENO_INSTALL SDKMAN_DIR RBENV_ROOT CONDA_PREFIX VIRTUAL_ENV NODE_ENV
        CLAUDE_CONFIG_DIR CODEX_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME
        CLAUDE_CODE_ENTRYPOINT CLAUDECODE CLAUDE_CODE_SESSION_ID AI_AGENT
        """
    )
)
"""Environment variables that a sandbox gets from outside, beside `LC_*`. Nothing else is handed on."""

FORBIDDEN_PREFIXES: Final = words(
    "LD_ PYTHON NODE_OPTIONS BASH_ GIT_ PERL5 PERLLIB RUBYOPT RUBYLIB JAVA_TOOL_OPTIONS _JAVA SSH_ DBUS_"
)
FORBIDDEN_SUFFIXES: Final = words("_TOKEN _KEY _SECRET _PASSWORD _PASSWD _CREDENTIALS _PASSPHRASE AUTH_SOCK _ADDRESS")
FORBIDDEN: Final = frozenset(
    words("ENV BASH_ENV IFS PS4 PROMPT_COMMAND SHELLOPTS BASHOPTS XAUTHORITY DISPLAY WAYLAND_DISPLAY CDPATH")
)
"""Variables that load code, or name credentials and sockets: not even a caller that gives them on purpose gets them in."""
