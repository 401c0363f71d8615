"""Packages that speak to a service of somebody's: what a call does there is said by the first word of its name.

A call is known by the module that its name begins with; the object that it answers with is of the same service. Of the `quiet`
ones (models, experiments, stores that are mostly local) only what deletes is an act of its own.
"""

from __future__ import annotations

from typing import Final

from jackline.lower.places.tables import words
from jackline.lower.program.values import Const, Made

_SERVICES: Final = words(
    "stripe twilio sendgrid mailchimp_marketing mailgun postmarker vonage plivo pinecone huggingface_hub algoliasearch kafka "
    "confluent_kafka "
    "digitalocean pydo hcloud linode_api4 cloudflare CloudFlare heroku3 gitlab jira atlassian notion_client supabase firebase_admin plaid "
    "paypalrestsdk braintree square auth0 okta datadog datadog_api_client pdpyras pagerduty tweepy praw telegram telebot discord slack_sdk "
    "facebook_business shopify hubspot simple_salesforce zenpy oci ibm_boto3 tencentcloud alibabacloud scaleway vultr ovh runpod modal "
    "keystoneclient novaclient openstack consul hvac nomad proxmoxer pyVmomi ansible_runner kazoo etcd3 "
    "@pinecone-database/pinecone @sendgrid/mail @slack/web-api @notionhq/client @supabase/supabase-js firebase-admin cloudflare "
    "@octokit/core octokit @gitbeaker/rest algoliasearch heroku-client digitalocean-js node-vault consul kafkajs @hubspot/api-client "
    "@shopify/shopify-api plaid braintree square @elastic/elasticsearch @vercel/client netlify discord.js telegraf twitter-api-v2"
)
_QUIET: Final = words(
    "openai anthropic cohere mistralai replicate wandb mlflow ray prefect chromadb qdrant_client weaviate pymilvus lancedb comet_ml "
    "neptune clearml dvc airflow celery temporalio meilisearch typesense influxdb_client cassandra neo4j "
    "chromadb @qdrant/js-client-rest weaviate-client meilisearch"
)


def service_of(name: str) -> Made | None:
    """The service that a name of a module belongs to; None where it is none's."""
    module = name.partition(".")[0]
    if module in _SERVICES:
        return Made("service", (Const(module),))
    return Made("quiet", (Const(module),)) if module in _QUIET else None
