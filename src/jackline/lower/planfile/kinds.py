"""What the type of a resource says of it: whether it holds what cannot be made again, whether it gives access, whether its
provider acts on this machine.

Types are named after what they are (`aws_rds_cluster`, `google_sql_database_instance`, `hcloud_volume`), so the words of
the name decide, for providers that nobody has heard of, too; what a word means on other types is taken out by the words
that name a thing's settings (`aws_s3_bucket_policy`, `aws_db_subnet_group`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from jackline.lower.places.tables import words

if TYPE_CHECKING:
    from jackline.core.words import Label

_KEEPS: Final = words(
    "database databases db rds dynamodb docdb neptune redshift aurora postgresql postgres mysql mariadb mssql mongodb "
    "mongodbatlas cosmosdb spanner bigtable bigquery firestore alloydb timestream keyspaces elasticsearch opensearch "
    "cassandra clickhouse snowflake redis elasticache memorydb bucket buckets volume disk ebs efs fsx filestore filesystem "
    "blob share storage vault kms key keyring secret secrets repository registry ecr zone nfs pvc kinesis kafka msk "
    "queue sqs topic object project namespace glacier ledger qldb snapshot snapshots backup backups ami"
)
_WHOLE: Final = frozenset({
    "aws_organizations_account", "azurerm_resource_group", "azurerm_recovery_services_vault", "kubernetes_persistent_volume",
    "kubernetes_persistent_volume_claim", "kubernetes_namespace", "aws_cognito_user_pool", "aws_acmpca_certificate_authority",
    "helm_release", "kubernetes_stateful_set", "tls_private_key", "random_password",
})  # fmt: skip
"""Types that hold much and whose words do not say so, or say otherwise."""
_SETTINGS: Final = words(
    "policy group attachment association block versioning configuration notification rule logging acl grant permission "
    "parameter option options role member binding user endpoint iam access event subscription lifecycle ownership "
    "controls metric inventory alias lock target proxy schedule plan selection listener domain function certificate "
    "website cors encryption accelerator replication mount point link peering sink route service assignment settings pair client"
)
"""What a thing's type ends in where it is only said of that thing, and made again from the configuration."""
_COPIES: Final[dict[str, Label]] = {
    "snapshot": "snapshot", "snapshots": "snapshot", "backup": "backup", "backups": "backup", "ami": "snapshot",
}  # fmt: skip
_GIVES: Final = words("iam grant grants permission permissions membership member binding rolebinding assignment acl")
_WHO: Final = words("user role")
"""A type that ends so is somebody who may do something."""
_RULES: Final = words("policy statement")
_RULED: Final = words(
    "role user access bucket queue topic key vault secretsmanager repository organizations function resource"
)
"""A policy of these says who may use them; other policies (of scaling, retention, routing) give nobody anything."""
_KEYS: Final = frozenset(
    {"google_service_account_key", "azuread_application_password", "azuread_service_principal_password"}
)
_HERE: Final = words("local shell docker ansible external exec command libvirt podman lxd vagrant virtualbox")
"""Names of providers that write files or start programs and containers on the machine where they run."""


_INVOKES: Final = words("invocation invoke exec execute command script shell http webhook")


@lru_cache(maxsize=1024)
def labels_of(kind: str) -> frozenset[Label]:
    """What is lost with a resource of this type."""
    parts = kind.lower().split("_")
    found: set[Label] = {_COPIES[part] for part in parts if part in _COPIES}
    keeps = kind in _WHOLE or (parts[-1] not in _SETTINGS and not _KEEPS.isdisjoint(parts))
    return frozenset(found | {"irreplaceable"}) if keeps else frozenset()


@lru_cache(maxsize=1024)
def gives_access(kind: str) -> bool:
    """Whether making one gives somebody rights: roles, their policies, memberships, users, keys of access."""
    words_of = kind.lower().split("_")
    parts = frozenset(words_of)
    ruled = bool(parts & _RULES and parts & _RULED)
    return ruled or bool(parts & _GIVES) or words_of[-1] in _WHO or kind in _KEYS


def invokes(kind: str) -> bool:
    """Whether reading such a data source runs something elsewhere: `aws_lambda_invocation`, `http` with any method."""
    return not _INVOKES.isdisjoint(kind.lower().split("_"))


def acts_here(provider: str) -> bool:
    """Whether a provider (`NAMESPACE/NAME`) acts on this machine rather than through some service."""
    return provider.rpartition("/")[2] in _HERE
