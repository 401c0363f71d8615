"""What types of resources say of themselves, for providers that are known and for those that nobody has heard of."""

from __future__ import annotations

import pytest

from jackline.lower.planfile.kinds import acts_here, gives_access, invokes, labels_of

KEEPING = """
aws_db_instance aws_rds_cluster aws_dynamodb_table aws_s3_bucket aws_s3_object aws_ebs_volume aws_efs_file_system aws_kms_key
aws_secretsmanager_secret aws_route53_zone aws_elasticache_cluster aws_sqs_queue aws_ecr_repository aws_cognito_user_pool
google_sql_database_instance google_storage_bucket google_compute_disk google_project google_kms_crypto_key
azurerm_resource_group azurerm_storage_account azurerm_postgresql_flexible_server azurerm_managed_disk azurerm_key_vault
digitalocean_database_cluster hcloud_volume cloudflare_r2_bucket github_repository kubernetes_namespace
kubernetes_persistent_volume_claim neon_project nobody_database nobodys_volume_v2
"""
COPIES = {
    "aws_ebs_snapshot": "snapshot",
    "aws_ami": "snapshot",
    "aws_backup_vault": "backup",
    "azurerm_snapshot": "snapshot",
}
MADE_AGAIN = """
aws_vpc aws_instance aws_security_group aws_security_group_rule aws_db_subnet_group aws_db_parameter_group aws_s3_bucket_policy
aws_s3_bucket_versioning aws_s3_bucket_public_access_block aws_volume_attachment aws_efs_mount_target aws_kms_alias aws_key_pair
aws_route53_record aws_lambda_function aws_autoscaling_policy google_compute_instance google_container_node_pool
azurerm_virtual_network digitalocean_droplet kubernetes_deployment null_resource terraform_data random_id datadog_monitor
"""
GIVING = """
aws_iam_role aws_iam_policy aws_iam_user aws_iam_access_key aws_iam_role_policy_attachment aws_s3_bucket_policy
aws_lambda_permission aws_kms_key_policy google_project_iam_member google_storage_bucket_iam_binding google_service_account_key
azurerm_role_assignment azurerm_key_vault_access_policy azuread_group_member kubernetes_role_binding
kubernetes_cluster_role_binding github_team_membership postgresql_grant postgresql_role google_sql_user nobody_acl
"""
NOT_GIVING = """
aws_vpc aws_instance aws_db_instance aws_autoscaling_policy aws_ecr_lifecycle_policy aws_volume_attachment aws_cognito_user_pool
kubernetes_network_policy aws_s3_bucket_versioning aws_lb_target_group_attachment terraform_data
"""


@pytest.mark.parametrize("kind", KEEPING.split())
def test_what_holds_something_cannot_be_made_again(kind):
    assert labels_of(kind) == {"irreplaceable"}


@pytest.mark.parametrize(("kind", "label"), COPIES.items())
def test_copies_are_told(kind, label):
    assert labels_of(kind) == {"irreplaceable", label}


@pytest.mark.parametrize("kind", MADE_AGAIN.split())
def test_the_rest_is_made_again_from_the_configuration(kind):
    assert labels_of(kind) == frozenset()


@pytest.mark.parametrize("kind", GIVING.split())
def test_what_gives_access(kind):
    assert gives_access(kind)


@pytest.mark.parametrize("kind", NOT_GIVING.split())
def test_what_gives_nobody_anything(kind):
    assert not gives_access(kind)


@pytest.mark.parametrize(
    ("provider", "here"),
    [
        ("hashicorp/local", True),
        ("kreuzwerker/docker", True),
        ("hashicorp/aws", False),
        ("local/aws", False),
        ("", False),
    ],
)
def test_providers_that_act_on_this_machine(provider, here):
    assert acts_here(provider) is here


@pytest.mark.parametrize(
    ("kind", "runs"),
    [
        ("aws_lambda_invocation", True),
        ("http", True),
        ("shell_script", True),
        ("aws_ami", False),
        ("google_cloud_run_service", False),
    ],
)
def test_data_sources_that_run_something(kind, runs):
    assert invokes(kind) is runs
