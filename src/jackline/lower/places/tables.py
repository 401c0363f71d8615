"""What paths are, as data: each row gives the labels of the paths that its patterns name.

Patterns are written for a reader. `~/` is a home (the agent's or anyone's), `/` the file system, `**/` anywhere. `*` and
`?` stay within one name; a pattern that ends in `/**` means the directory itself and all below it. A pattern behind `!`
takes the row's labels away again. All matching ignores case, for a file system may. `?secret` means: secret where the
content holds a token. `guard` means: settings of a client that connect the guard or could disable it.

Sources are the tools' own manuals: ssh(1), gpg(1), bash(1), zsh(1), crontab(5), systemd.unit(5), launchd.plist(5), the
XDG base directory and autostart specifications, git(1) and githooks(5), and each cloud client's configuration page.
"""

from __future__ import annotations

from typing import Final, Literal

from jackline.core.words import Label


def words(text: str) -> frozenset[str]:
    """A table's words, written in a line."""
    return frozenset(text.split())


Mark = Label | Literal["?secret", "guard"]

SECRETS: Final[tuple[tuple[tuple[Mark, ...], str], ...]] = (
    (
        ("secret", "credential", "irreplaceable"),  # private keys
        """
        ~/.ssh/id_* ~/.ssh/*.key ~/.ssh/*_rsa ~/.ssh/*_ed25519 ~/.ssh/*_ecdsa ~/.ssh/identity ~/.ssh/keys/**
        **/id_rsa **/id_dsa **/id_ecdsa **/id_ed25519 **/id_ecdsa_sk **/id_ed25519_sk
        **/*.pem **/*.key **/*.p12 **/*.pfx **/*.jks **/*.keystore **/*.ppk **/*.pk8 **/*.kdbx **/*.kdb **/*.agekey
        ~/.gnupg/** ~/.config/sops/age/** ~/.age/** ~/.minisign/** ~/.password-store/** ~/.local/share/keyrings/**
        ~/.local/share/kwalletd/** ~/library/keychains/** /library/keychains/** ~/.pki/nssdb/**
        ~/.config/1password/** ~/.config/op/** ~/.config/bitwarden?cli/** ~/.config/keepassxc/** ~/.config/pass/**
        /etc/ssh/ssh_host_*_key /etc/ssl/private/** /etc/pki/tls/private/** /etc/letsencrypt/** /etc/wireguard/**
        /etc/openvpn/** /etc/ipsec.secrets /var/lib/docker/swarm/** ~/.bitcoin/** ~/.ethereum/keystore/**
        ~/.config/solana/*.json ~/.electrum/wallets/** ~/.near-credentials/** **/wallet.dat
        !**/*.pub !**/*cert*.pem !**/*ca-bundle*.pem !**/cacert*.pem !**/ca.pem !**/*chain.pem !**/*public*.pem
        !**/*pubkey*.pem !**/*.pub.pem !/etc/ssl/certs/** !/usr/share/** !/usr/lib/** !/etc/ssh/*.pub !**/dhparam*.pem
        !~/.gnupg/pubring.kbx !~/.gnupg/pubring.gpg !~/.gnupg/trustdb.gpg !~/.gnupg/gpg.conf !~/.gnupg/gpg-agent.conf
        """,
    ),
    (
        ("secret", "credential"),  # credential stores of tools
        """
        ~/.aws/credentials ~/.aws/sso/cache/** ~/.aws/cli/cache/** ~/.aws/login/** ~/.boto ~/.s3cfg ~/.config/gcloud/**
        ~/.azure/** ~/.config/doctl/** ~/.config/linode-cli ~/.oci/** ~/.bluemix/** ~/.aliyun/** ~/.tccli/**
        ~/.kube/** **/kubeconfig **/kubeconfig.* **/*.kubeconfig /etc/kubernetes/*.conf /etc/rancher/k3s/k3s.yaml
        ~/.config/containers/auth.json /run/user/*/containers/auth.json ~/.config/helm/registry/config.json
        ~/.netrc ~/_netrc **/.netrc ~/.authinfo ~/.authinfo.gpg ~/.git-credentials ~/.config/git/credentials
        **/.git-credentials ~/.config/gh/hosts.yml ~/.config/hub ~/.config/glab-cli/config.yml ~/.config/tea/config.yml
        ~/.pgpass ~/.my.cnf ~/.mylogin.cnf ~/.pg_service.conf ~/.mongorc.js ~/.dbshell ~/.rediscli_auth ~/.snowsql/**
        ~/.snowflake/** ~/.databrickscfg ~/.bigqueryrc ~/.cassandra/credentials ~/.influxdbv2/configs
        ~/.terraform.d/credentials.tfrc.json ~/.terraformrc ~/.pulumi/credentials.json ~/.vault-token ~/.config/nomad/**
        ~/.pypirc ~/.gem/credentials ~/.local/share/gem/credentials ~/.cargo/credentials ~/.cargo/credentials.toml
        ~/.config/composer/auth.json ~/.composer/auth.json **/auth.json.bak ~/.nuget/nuget.config ~/.config/pypoetry/auth.toml
        ~/.local/share/uv/credentials/** ~/.config/hex/hex.config ~/.hex/hex.config ~/.m2/settings-security.xml
        ~/.config/heroku/** ~/.heroku/** ~/.fly/config.yml ~/.config/netlify/** ~/.netlify/config.json ~/.vercel/auth.json
        ~/.local/share/com.vercel.cli/auth.json ~/.config/com.vercel.cli/auth.json ~/.wrangler/** ~/.config/.wrangler/**
        ~/.railway/config.json ~/.supabase/access-token ~/.config/neonctl/credentials.json ~/.config/stripe/config.toml
        ~/.config/rclone/rclone.conf ~/.rclone.conf ~/.restic-password ~/.config/borg/keys/** ~/.config/borg/security/**
        ~/.huggingface/token ~/.cache/huggingface/token ~/.cache/huggingface/stored_tokens ~/.config/openai/**
        ~/.kaggle/kaggle.json ~/.config/wandb/** ~/.config/ngrok/ngrok.yml ~/.ngrok2/ngrok.yml ~/.cloudflared/**
        ~/.config/ngrok/** ~/.tailscale/** /var/lib/tailscale/** ~/.config/sentry/** ~/.sentryclirc ~/.config/slack/**
        ~/.claude/.credentials.json ~/.codex/auth.json ~/.gemini/oauth_creds.json ~/.qwen/oauth_creds.json
        ~/.local/share/opencode/auth.json ~/.pi/agent/auth.json ~/.config/github-copilot/** ~/.copilot/config.json
        ~/.smbcredentials ~/.fetchmailrc ~/.msmtprc ~/.mbsyncrc ~/.offlineimaprc ~/.vnc/passwd ~/.xauthority ~/.iceauthority
        ~/.config/filezilla/** ~/.config/remmina/** ~/.putty/** ~/.config/ssh-agent* ~/.expo/state.json ~/.appstoreconnect/**
        /etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/sudoers /etc/sudoers.d/** /etc/krb5.keytab /tmp/krb5cc_*
        /etc/docker/key.json /etc/machine-id-secret /run/secrets/** /var/run/secrets/** /etc/credstore/**
        /etc/credstore.encrypted/** /var/lib/systemd/credential.secret /etc/networkmanager/system-connections/**
        /etc/wpa_supplicant/** /etc/ppp/*-secrets /etc/cups/passwd.md5 /etc/master.passwd /private/etc/master.passwd
        /proc/*/environ /proc/*/mem /proc/kcore /proc/*/task/*/environ /proc/*/task/*/mem /proc/*/auxv
        /dev/mem /dev/kmem /dev/port /var/lib/docker/containers/*/config.v2.json
        **/.aws/credentials **/.docker/config.json.bak **/service-account*.json **/service_account*.json **/*-sa-key.json
        **/application_default_credentials.json **/client_secret*.json **/credentials.json **/.htpasswd **/master.key
        **/secrets.yml **/secrets.yaml **/secrets.json **/secrets.toml **/secrets.ini **/secret.yml **/secret.yaml
        **/.secrets/** **/.secret **/.secrets **/*.tfvars.secret **/vault-password* **/.vault_pass* **/.vault-token
        **/.pypirc **/.pgpass **/.my.cnf **/.s3cfg
        !~/.azure/config !~/.azure/clouds.config !~/.azure/*.log !~/.config/gcloud/configurations/** !~/.kube/cache/**
        !~/.config/gcloud/active_config !~/.kube/kubens/** !~/.wrangler/logs/** !~/.cloudflared/*.log
        """,
    ),
    (
        ("secret",),  # environment files
        """
        **/.env **/.env.* **/*.env **/.envrc **/.env-* **/.dev.vars **/.flaskenv **/.env_*
        !**/*.example !**/*.sample !**/*.template !**/*.tmpl !**/*.dist !**/*.defaults !**/*.schema !**/.env.d.ts
        !**/.env.example.* !**/example.env !**/sample.env !**/template.env !**/.env-example !**/.env_example
        !**/.env-sample !**/.env_sample !**/.env.vault
        """,
    ),
    (
        ("?secret",),  # settings that may hold a token
        """
        **/.npmrc **/.yarnrc **/.yarnrc.yml **/bunfig.toml **/pip.conf ~/.pip/pip.conf **/nuget.config ~/.m2/settings.xml
        ~/.gradle/gradle.properties **/gradle.properties ~/.docker/config.json **/.dockercfg ~/.condarc ~/.gemrc
        ~/.bundle/config **/.bundle/config ~/.config/uv/uv.toml ~/.cargo/config.toml **/.cargo/config.toml ~/.gitconfig
        ~/.config/git/config **/.git/config ~/.curlrc ~/.wgetrc ~/.ssh/config ~/.claude.json **/.mcp.json
        ~/.config/opencode/opencode.json ~/.codex/config.toml ~/.gemini/settings.json ~/.qwen/settings.json
        ~/.claude/settings.json **/.claude/settings.local.json **/.vscode/mcp.json **/.cursor/mcp.json ~/.aws/config
        ~/.terraform.d/*.tfrc **/database.yml **/wp-config.php **/local.settings.json **/appsettings.*.json
        """,
    ),
    (
        ("secret", "personal", "credential"),  # browsers' stores of passwords and cookies
        """
        **/login?data **/login?data?for?account **/cookies.sqlite **/key3.db **/key4.db **/logins.json **/cookies.binarycookies
        ~/.config/google-chrome/**/cookies ~/.config/chromium/**/cookies
        """,
    ),
    (
        ("personal",),
        """
        ~/.mozilla/** ~/.config/google-chrome/** ~/.config/google-chrome-*/** ~/.config/chromium/** ~/.config/microsoft-edge/**
        ~/.config/bravesoftware/** ~/.config/vivaldi/** ~/.config/opera/** ~/.var/app/**
        ~/library/application?support/google/chrome/** ~/library/application?support/firefox/** ~/library/safari/**
        ~/library/application?support/bravesoftware/** ~/library/cookies/** ~/library/messages/** ~/library/mail/**
        ~/library/calendars/** ~/library/application?support/addressbook/** ~/.thunderbird/** ~/.local/share/evolution/**
        ~/.config/evolution/** ~/mail/** ~/maildir/** ~/.mail/** ~/.local/share/mail/** ~/.mutt/** /var/mail/** /var/spool/mail/**
        ~/.config/signal/** ~/.local/share/telegramdesktop/** ~/.config/slack/** ~/.config/discord/** ~/.config/element/**
        ~/.purple/** ~/.weechat/** ~/.irssi/** ~/.whatsapp/** ~/pictures/** ~/photos/** ~/dcim/** ~/videos/** ~/contacts/**
        ~/.local/share/contacts/** ~/.calendar/** ~/.local/share/shotwell/** ~/.local/share/recently-used.xbel
        ~/.bash_history ~/.zsh_history ~/.zhistory ~/.histfile ~/.sh_history ~/.history ~/.local/share/fish/fish_history
        ~/.python_history ~/.node_repl_history ~/.psql_history ~/.mysql_history ~/.sqlite_history ~/.rediscli_history
        ~/.irb_history ~/.pry_history ~/.lesshst ~/.viminfo ~/.config/nushell/history.txt
        """,
    ),
)

RUNS_LATER: Final[tuple[tuple[tuple[Mark, ...], str], ...]] = (
    (
        ("shell_startup", "persistence"),
        """
        ~/.bashrc ~/.bash_profile ~/.bash_login ~/.bash_logout ~/.bash_aliases ~/.bash_completion ~/.profile ~/.bashrc.d/**
        ~/.zshrc ~/.zshenv ~/.zprofile ~/.zlogin ~/.zlogout ~/.zsh/** ~/.zshrc.d/** ~/.oh-my-zsh/** ~/.kshrc ~/.mkshrc
        ~/.shrc ~/.shinit ~/.cshrc ~/.tcshrc ~/.login ~/.logout ~/.inputrc ~/.config/fish/** ~/.config/nushell/*.nu
        ~/.config/powershell/** ~/.xonshrc ~/.config/xonsh/** ~/.config/elvish/** ~/.xprofile ~/.xsession ~/.xsessionrc
        ~/.xinitrc ~/.pam_environment ~/.config/environment.d/** ~/.config/plasma-workspace/env/**
        /etc/profile /etc/profile.d/** /etc/bash.bashrc /etc/bashrc /etc/bash_completion.d/** /etc/zsh/** /etc/zshrc
        /etc/zshenv /etc/zprofile /etc/environment /etc/environment.d/** /etc/fish/** /etc/csh.* /etc/skel/**
        """,
    ),
    (
        ("persistence",),
        """
        /etc/crontab /etc/anacrontab /etc/cron.*/** /var/spool/cron/** /var/spool/at/** /var/at/** /usr/lib/cron/**
        /etc/systemd/** /usr/lib/systemd/** /lib/systemd/** /usr/local/lib/systemd/** /run/systemd/system/**
        /run/systemd/user/** ~/.config/systemd/** ~/.local/share/systemd/** /etc/init.d/** /etc/rc*.d/** /etc/rc.local
        /etc/inittab /etc/init/** /etc/runit/** /etc/sv/** /etc/s6/** /etc/supervisor/** /etc/supervisord.conf
        ~/library/launchagents/** /library/launchagents/** /library/launchdaemons/** /system/library/launch*/**
        /library/startupitems/** ~/.config/autostart/** /etc/xdg/autostart/** ~/.config/autostart-scripts/**
        ~/.config/hypr/** ~/.config/sway/config ~/.config/i3/config ~/.config/bspwm/** ~/.config/openbox/autostart
        /etc/udev/rules.d/** /lib/udev/rules.d/** /usr/lib/udev/rules.d/** /etc/modules /etc/modules-load.d/**
        /etc/modprobe.d/** /etc/ld.so.preload /etc/ld.so.conf /etc/ld.so.conf.d/** /etc/networkmanager/dispatcher.d/**
        /etc/network/if-*.d/** /etc/dhcp/*hooks.d/** /etc/acpi/** /etc/logrotate.d/** /etc/apt/apt.conf.d/**
        /etc/update-motd.d/** /etc/binfmt.d/** /etc/dbus-1/** /usr/share/dbus-1/** ~/.local/share/dbus-1/services/**
        ~/.config/git/hooks/** ~/.git-templates/** ~/.gitconfig ~/.config/git/config /etc/gitconfig **/.git/hooks/**
        **/.git/config **/.git/config.worktree **/.git/modules/*/config **/.git/modules/*/hooks/** **/.git/info/attributes
        **/.githooks/** **/.husky/** **/.pre-commit-config.yaml **/.pre-commit-config.yml **/lefthook.yml
        **/lefthook.yaml **/.lefthook.yml **/.lefthook/** **/.overcommit.yml **/.envrc **/.direnvrc ~/.config/direnv/**
        **/.vscode/tasks.json **/.devcontainer/** **/.devcontainer.json **/.zed/tasks.json **/.idea/startup.xml **/.nvimrc
        **/.exrc **/.vimrc ~/.config/nvim/** ~/.vim/** ~/.emacs ~/.emacs.d/** ~/.config/emacs/** **/.dir-locals.el
        **/.gdbinit ~/.config/gdb/** **/.lldbinit **/sitecustomize.py **/usercustomize.py **/site-packages/*.pth
        ~/.config/python/** ~/.pythonrc ~/.pythonrc.py ~/.irbrc ~/.pryrc ~/.rprofile **/.rprofile ~/.tmux.conf
        ~/.config/tmux/** ~/.screenrc ~/.ssh/rc ~/.ssh/config ~/.ssh/environment ~/.wgetrc ~/.curlrc ~/.psqlrc ~/.sqliterc
        ~/.config/code/user/tasks.json ~/.config/code/user/settings.json ~/.forward ~/.procmailrc ~/.mailcap
        ~/.local/share/applications/** ~/.config/mimeapps.list ~/.docker/cli-plugins/** ~/.config/ranger/**
        """,
    ),
    (
        ("authorized_keys", "persistence"),
        """
        ~/.ssh/authorized_keys ~/.ssh/authorized_keys2 ~/.ssh/authorized_principals /etc/ssh/authorized_keys/**
        /etc/dropbear/authorized_keys ~/.rhosts ~/.shosts /etc/hosts.equiv ~/.k5login
        """,
    ),
)

SYSTEM: Final[tuple[tuple[tuple[Mark, ...], str], ...]] = (
    (
        ("boot",),
        """
        /boot/** /efi/** /etc/fstab /etc/crypttab /etc/default/grub /etc/default/grub.d/** /etc/grub.d/** /etc/mkinitcpio.conf
        /etc/dracut.conf /etc/dracut.conf.d/** /etc/initramfs-tools/** /etc/kernel/** /usr/lib/modules/** /lib/modules/**
        /sys/firmware/** /proc/sysrq-trigger /etc/lilo.conf
        """,
    ),
    (
        ("log",),
        """
        /var/log/** /run/log/** /var/adm/** ~/.local/state/**/*.log ~/.bash_history ~/.zsh_history ~/.local/share/fish/fish_history
        /var/audit/** ~/library/logs/** /library/logs/**
        """,
    ),
    (
        ("security_control",),
        """
        /etc/sudoers /etc/sudoers.d/** /etc/doas.conf /etc/pam.d/** /etc/pam.conf /etc/security/** /etc/selinux/**
        /etc/apparmor/** /etc/apparmor.d/** /etc/audit/** /etc/auditd.conf /etc/passwd /etc/group /etc/shadow /etc/gshadow
        /etc/login.defs /etc/shells /etc/nsswitch.conf /etc/ssh/sshd_config /etc/ssh/sshd_config.d/** /etc/ssh/ssh_config
        /etc/hosts /etc/hosts.allow /etc/hosts.deny /etc/resolv.conf /etc/nftables.conf /etc/nftables/** /etc/iptables/**
        /etc/ufw/** /etc/firewalld/** /etc/fail2ban/** /etc/polkit-1/** /usr/share/polkit-1/** /etc/sysctl.conf
        /etc/sysctl.d/** /etc/rsyslog.conf /etc/rsyslog.d/** /etc/systemd/journald.conf /etc/ca-certificates/**
        /etc/ca-certificates.conf /usr/local/share/ca-certificates/** /etc/pki/ca-trust/** /etc/ssl/certs/** /etc/ssl/openssl.cnf
        /etc/crypto-policies/** /etc/docker/daemon.json /etc/subuid /etc/subgid /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/**
        /etc/apt/keyrings/** /sys/fs/selinux/** /sys/kernel/security/** /proc/sys/kernel/** /proc/sys/vm/** /proc/sys/fs/**
        /proc/sys/net/** /proc/*/attr/** /proc/*/oom_score_adj /sys/kernel/debug/** /sys/kernel/tracing/** /sys/fs/cgroup/**
        ~/.ssh/known_hosts ~/.config/firejail/** /etc/firejail/** /etc/aide/** /etc/tripwire/** /etc/osquery/** /etc/falco/**
        """,
    ),
)

DATA: Final[tuple[tuple[tuple[Mark, ...], str], ...]] = (
    (
        ("state_file", "irreplaceable"),
        """
        **/terraform.tfstate **/terraform.tfstate.* **/*.tfstate **/*.tfstate.backup **/terraform.tfstate.d/**
        **/.terraform/terraform.tfstate ~/.pulumi/stacks/** **/.pulumi/stacks/** **/.pulumi/history/** **/cdk.context.json
        **/.terragrunt-cache/**/terraform.tfstate **/crash.tfstate **/errored.tfstate **/.sst/state/**
        """,
    ),
    (
        ("backup",),
        """
        **/*.bak **/*.backup **/*.dump **/*.dmp **/*.rdb **/*dump*.sql **/*dump*.sql.gz **/*backup*.sql **/*backup*.sql.gz
        **/*backup*.tar **/*backup*.tar.* **/*backup*.tgz **/*backup*.zip **/*backup*.db **/*backup*.sqlite* **/*.sql.gz
        **/*.sql.zst **/*.sql.xz **/backup/** **/backups/** **/.backups/** **/pg_basebackup/** **/*.tfstate.backup
        /var/backups/** **/dumps/** **/*.bson **/*.mongodump ~/.local/share/restic/** **/*.borg/** /timeshift/**
        ~/library/application?support/mobilesync/backup/**
        """,
    ),
    (
        ("snapshot",),
        """
        **/.snapshots/** **/.zfs/snapshot/** **/*.qcow2 **/*.vmdk **/*.vdi **/*.snap **/*.snapshot /var/lib/snapper/**
        /var/lib/etcd/** /.snapshots/** !**/__snapshots__/** !**/node_modules/** !/var/lib/snapd/**
        """,
    ),
    (
        ("irreplaceable",),
        "**/.git **/.git/objects/** **/.git/refs/** **/.git/logs/** **/.git/packed-refs **/.hg/** **/.jj/**",
    ),
    (
        ("test",),
        """
        **/tests/** **/test/** **/__tests__/** **/spec/** **/specs/** **/e2e/** **/testdata/** **/fixtures/** **/__snapshots__/**
        **/test_*.py **/*_test.py **/conftest.py **/*_test.go **/*.test.* **/*.spec.* **/*_spec.rb **/*test.java **/*tests.cs
        **/*test.kt **/pytest.ini **/jest.config.* **/vitest.config.* **/playwright.config.* **/grader*/** **/evals/**
        """,
    ),
    (
        ("ci",),
        """
        **/.github/workflows/** **/.github/actions/** **/.gitlab-ci.yml **/.gitlab/ci/** **/.circleci/** **/.travis.yml
        **/jenkinsfile **/azure-pipelines.yml **/.azure-pipelines/** **/bitbucket-pipelines.yml **/.drone.yml **/.buildkite/**
        **/.woodpecker.yml **/.woodpecker/** **/appveyor.yml **/.teamcity/** **/cloudbuild.yaml **/buildspec.yml **/.ci/**
        **/.forgejo/workflows/** **/.gitea/workflows/** **/tox.ini **/noxfile.py **/.eslintrc **/.eslintrc.* **/eslint.config.*
        **/.ruff.toml **/ruff.toml **/.flake8 **/.pylintrc **/mypy.ini **/.mypy.ini **/.golangci.yml **/.golangci.yaml
        **/biome.json **/.rubocop.yml **/clippy.toml **/.pre-commit-config.yaml **/codecov.yml **/.coveragerc **/sonar-project.properties
        **/.semgrep.yml **/.semgrep/** **/.importlinter **/codeowners
        """,
    ),
)

SYSTEMS_OWN: Final = words(
    "bin boot dev etc home lib lib32 lib64 libx32 lost+found opt proc root run sbin snap sys tmp usr var users system library private "
    "cores applications network nix gnu efi"
)
"""Directories at the top that belong to the system or to homes, whoever owns what lies in them (FHS 3.0, macOS)."""

SETTINGS: Final[tuple[tuple[tuple[Mark, ...], str], ...]] = (
    (
        ("client_settings", "guard"),
        """
        **/.claude/settings.json **/.claude/settings.local.json **/.claude/managed-settings.json ~/.claude.json
        /etc/claude-code/** /library/application?support/claudecode/** **/.claude/plugins/** **/.claude/hooks/hooks.json
        **/.codex/hooks.json **/.codex/config.toml **/.codex/requirements.toml **/.codex/managed_config.toml /etc/codex/**
        **/.gemini/settings.json **/.gemini/extensions/** **/.gemini/policies/** **/.gemini/trustedfolders.json
        /etc/gemini-cli/** /library/application?support/geminicli/** **/.qwen/settings.json **/.qwen/extensions/** /etc/qwen-code/**
        **/opencode.json **/opencode.jsonc **/.opencode/plugin/** **/.opencode/plugins/** ~/.config/opencode/plugin/**
        ~/.config/opencode/plugins/** ~/.config/opencode/config.json /etc/opencode/** **/.pi/agent/extensions/** **/.pi/extensions/**
        **/.pi/settings.json **/.pi/agent/settings.json **/.jackline/** ~/.config/jackline/** ~/.local/state/jackline/**
        /etc/jackline/** /run/user/*/jackline/** /tmp/jackline-[0-9]*/**
        """,
    ),
    (
        ("client_settings",),
        """
        **/.mcp.json **/.claude/hooks/**
        **/.claude/agents/** **/.claude/commands/** **/.claude/skills/** **/.claude/output-styles/** **/.codex/prompts/**
        **/.codex/skills/** **/.codex/rules/** **/.gemini/commands/** **/.gemini/agents/** **/.gemini/skills/** **/.qwen/agents/**
        **/.opencode/agent/** **/.opencode/command/** **/.opencode/tool/** **/.opencode/tools/** ~/.config/opencode/agent/**
        **/.cursor/** **/.cursorrules **/.windsurf/** **/.windsurfrules **/.clinerules **/.continue/** **/.aider.conf.yml
        **/.vscode/mcp.json **/.amp/** **/.goosehints **/claude.md **/claude.local.md **/agents.md **/gemini.md **/qwen.md
        **/.github/copilot-instructions.md ~/library/application?support/claude/claude_desktop_config.json
        ~/.config/claude/claude_desktop_config.json
        """,
    ),
)

SPARE: Final[tuple[tuple[tuple[Mark, ...], str], ...]] = (
    (
        ("cache",),
        """
        ~/.cache/** ~/library/caches/** ~/.npm/** ~/.cargo/registry/** ~/.cargo/git/** ~/.gradle/caches/** ~/.gradle/daemon/**
        ~/.gradle/wrapper/dists/** ~/.m2/repository/** ~/go/pkg/mod/** ~/.nuget/packages/** ~/.bun/install/cache/** ~/.pnpm-store/**
        ~/.local/share/pnpm/store/** ~/library/pnpm/store/** ~/.yarn/cache/** ~/.yarn/berry/cache/** ~/.deno/** ~/.conda/pkgs/**
        ~/.ivy2/cache/** ~/.sbt/boot/** ~/.terraform.d/plugin-cache/** ~/.ccache/** ~/.composer/cache/** ~/.pub-cache/**
        ~/.cocoapods/** ~/.rustup/downloads/** ~/.rustup/tmp/** ~/.node-gyp/** ~/.cypress/** ~/.electron/** ~/.kube/cache/**
        ~/.nv/computecache/** ~/.hex/packages/** ~/.cabal/packages/** ~/.stack/pantry/** ~/.ansible/tmp/**
        ~/library/developer/xcode/deriveddata/** /var/cache/** /library/caches/**
        !~/.cache/huggingface/token !~/.cache/huggingface/stored_tokens !~/.npm/_logs/**
        """,
    ),
    # The directories that everyone may write to: names to match, no file is made.
    (
        ("temporary",),
        "/tmp/** /var/tmp/** /dev/shm/** /private/tmp/** /private/var/tmp/** /var/folders/** /private/var/folders/**",  # noqa: S108
    ),
)

ALWAYS_MADE: Final = words(
    """
    __pycache__ .pytest_cache .mypy_cache .ruff_cache .hypothesis node_modules .tox .nox .next .nuxt .turbo .parcel-cache htmlcov
    .eggs .ipynb_checkpoints .nyc_output .stack-work dist-newstyle elm-stuff .dart_tool .svelte-kit zig-cache .zig-cache zig-out
    playwright-report nohup.out .coverage coverage.xml .eslintcache .ds_store a.out
    pyc pyo egg-info dsym class o gcda gcno profraw tsbuildinfo rej orig tmp swp pid aux toc bbl blg fls fdb_latexmk
    """
)
"""Names that only tools give, wherever they stand: directories, and the endings of files."""

BUILD_DIRECTORIES: Final = words(
    """
    node_modules bower_components dist build out target __pycache__ .venv venv .tox .nox coverage htmlcov .next .nuxt .output
    .svelte-kit .turbo .parcel-cache .angular .astro .vite .pytest_cache .mypy_cache .ruff_cache .hypothesis .eggs .cache
    .gradle .dart_tool .terraform .serverless .aws-sam cdk.out .build deriveddata cmake-build-debug cmake-build-release
    bazel-out bazel-bin bazel-testlogs _build .stack-work dist-newstyle elm-stuff .nyc_output .docusaurus .expo
    storybook-static wheelhouse .benchmarks .import_linter_cache zig-cache .zig-cache zig-out playwright-report test-results
    .ipynb_checkpoints
    """
)
"""Names of directories that tools make and make again; git must hold nothing of them (see `docs/effects.md`)."""

BUILD_IF_IGNORED: Final = words(
    "bin obj env deps logs tmp temp pods vendor .vercel .netlify .wrangler generated gen lib"
)
"""Names that are as often somebody's work: made by tools only where git is told to ignore them."""

BUILD_FILES: Final = words(
    "pyc pyo o obj a so dylib class lo la d gch pch rlib rmeta tsbuildinfo egg-info coverage profraw gcda gcno log tmp swp "
    "dsym rej orig pid aux toc bbl blg fls fdb_latexmk"
)
"""Endings of files that tools make and make again; the same condition holds."""

BUILD_NAMES: Final = words(
    "nohup.out .coverage .eslintcache .ds_store .tsbuildinfo coverage.xml nosetests.xml a.out .stylelintcache"
)

TOP: Final = words(
    """
    bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys usr var nix snap
    applications library system users volumes private cores
    """
)
"""The directories at the top of a system (hier(7), the Filesystem Hierarchy Standard, macOS)."""

HOMES: Final = ("/home", "/users", "/var/home", "/export/home")
"""Directories that hold homes, one for each user (lower case)."""
ROOT_HOMES: Final = ("/root", "/var/root", "/private/var/root")
"""The superuser's home."""

_TOKENS: Final = (
    # a key and its value, unless the value refers to a variable
    (
        r"(?:_auth\w*|auth_?token|npm\w*token|access_?token|api_?key|\btoken|passw(?:or)?d|secret\w*|_password)['\"]?\s*[=:>]\s*"
        r"['\"]?(?!['\"\s<]|\$\{?|none\b|null\b|true\b|false\b|env\b|file\b)[^\s'\"<]{6,}"
    ),
    r"://[^/\s:@]+:[^/\s@${]+@",  # in an address
    r"\"auth\"\s*:\s*\"[^\"]+|\"identitytoken\"\s*:",  # docker's own
    r"bearer\s+[a-z0-9._-]{12,}",
    r"-----begin [a-z ]*private key",
    r"\bgh[pousr]_[a-z0-9]{20,}|\bsk-[a-z0-9_-]{20,}|\bakia[0-9a-z]{16}\b|\bxox[abprs]-",
)
TOKEN_LOOK: Final = "(?i)" + "|".join(_TOKENS)
"""What a token looks like in a settings file."""
