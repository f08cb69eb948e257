# ruff: noqa: E501 (one format a line)
"""What the credentials of providers look like: a name and a pattern a line.

The prefixes and lengths are the providers' own public conventions; the patterns are written here. Where the prefix is
plain (three characters or more) it also serves to find the credential when it was broken up by spaces or line ends.
"""

from typing import Final

_H, _A, _B = "[0-9a-fA-F]", "[0-9A-Za-z]", "[0-9A-Za-z_-]"

_TABLE: Final = r"""
1password-secret-key          \bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b
1password-service-account     \bops_eyJ[0-9A-Za-z+/]{200,}={0,3}
adobe-client-secret           \bp8e-[0-9a-z-]{28,36}
age-secret-key                \bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}
airtable-pat                  \bpat[0-9A-Za-z]{14}\.[0-9a-f]{64}\b
airtable-key                  \bkey[0-9A-Za-z]{14}\b
aiven-token                   \bAVNS_[0-9A-Za-z+/=_-]{15,}
algolia-admin-key             (?i)\balgolia[\w-]{0,20}[\s:='"]{1,6}[0-9a-f]{32}\b
alibaba-access-key-id         \bLTAI[0-9A-Za-z]{12,24}\b
anthropic-admin-key           \bsk-ant-admin\d\d-[0-9A-Za-z_-]{20,120}
anthropic-api-key             \bsk-ant-[0-9A-Za-z]{2,12}-[0-9A-Za-z_-]{20,120}
anyscale-api-key              \besecret_[0-9a-z]{26}\b
apify-api-token               \bapify_api_[0-9A-Za-z]{36}\b
artifactory-api-key           \bAKC[A-Z0-9a-z]{10,80}\b
artifactory-reference-token   \bcmVmd[0-9A-Za-z]{40,70}\b
artifactory-password          \bAP[\dA-F][0-9A-Za-z]{33,80}\b
asana-pat                     \b[01]/[0-9]{14,17}:[0-9a-f]{32}\b
asana-pat-2                   \b2/[0-9]{14,17}/[0-9]{14,17}:[0-9a-f]{32}\b
atlassian-api-token           \bATATT3[0-9A-Za-z_=-]{20,}
atlassian-connect-token       \bATCTT3[0-9A-Za-z_=-]{20,}
auth0-secret                  \bauth0[\w-]{0,20}[\s:='"]{1,6}[0-9A-Za-z_-]{60,70}\b
authress-key                  \b(?:sc|ext|scauth|authress)_[0-9a-z]{5,30}\.[0-9a-z]{4,6}\.acc[_-][0-9a-z-]{10,32}\.[0-9a-z+/_=-]{30,120}
aws-access-key                \b(?:AKIA|ASIA|ABIA|ACCA|A3T[0-9A-Z])[0-9A-Z]{16}\b
aws-bedrock-key               \bABSK[0-9A-Za-z+/]{100,270}={0,2}
aws-bedrock-short-key         \bbedrock-api-key-[0-9A-Za-z+/=]{20,}
aws-mws-token                 \bamzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
aws-secret-key                (?i)\b(?:aws|secret)[\w ./-]{0,30}(?:key|secret)[\w-]{0,12}[\s:='">]{1,8}[0-9A-Za-z/+]{40}\b
aws-session-token             \b(?:FwoGZXIvYXdz|IQoJb3JpZ2luX2Vj)[0-9A-Za-z/+=]{50,}
azure-ad-client-secret        [0-9A-Za-z_~.]{3}\dQ~[0-9A-Za-z_~.-]{31,34}
azure-storage-key             (?i)AccountKey=[0-9a-z+/]{40,90}={0,2}
azure-sas-token               (?i)[?&]sig=[0-9a-z%+/]{40,70}(?:%3d|=)
azure-shared-access-key       (?i)SharedAccess(?:Key|Signature)=[0-9a-z+/]{40,60}={0,2}
azure-devops-pat              \b[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4}\b
azure-openai-key              \b[0-9A-Za-z]{52}JQQJ99[0-9A-Za-z]{24,30}\b
azure-cosmos-key              \b[0-9A-Za-z+/]{76}ACDb[0-9A-Za-z+/]{6}==
azure-search-key              \b[0-9A-Za-z]{42}AzSe[0-9A-Za-z]{6}\b
azure-container-registry      \b[0-9A-Za-z+/]{42}\+ACR[A-D][0-9A-Za-z]{6}\b
beamer-api-token              \bb_[0-9a-z=_-]{44}\b
bitbucket-app-password        \bATBB[0-9A-Za-z]{32}\b
brevo-api-key                 \bxkeysib-[0-9a-f]{64}-[0-9A-Za-z]{16,24}\b
brevo-smtp-key                \bxsmtpsib-[0-9a-f]{64}-[0-9A-Za-z]{16}\b
buildkite-token               \bbk(?:ua|at|ct)_[0-9a-f]{40}\b
buttercup-key                 \bbutter_[0-9A-Za-z]{40}\b
cerebras-api-key              \bcsk-[0-9a-z]{48}\b
chargebee-key                 \b(?:live|test)_[0-9A-Za-z]{20,40}cu[0-9A-Za-z]{8,20}\b
circleci-token                \bCCIPAT_[0-9A-Za-z]{22}_[0-9a-f]{40}\b
clerk-secret-key              \bsk_(?:live|test)_[0-9A-Za-z]{40,50}\b
clickhouse-cloud-key          \b4b1d[0-9A-Za-z]{38}\b
clojars-token                 \bCLOJARS_[0-9a-zA-Z]{60}\b
cloudflare-origin-ca-key      \bv1\.0-[0-9a-f]{24}-[0-9a-f]{146}\b
cockroach-key                 \bCCDB1_[0-9A-Za-z]{22}_[0-9A-Za-z]{40}\b
cohere-key                    \bco_[0-9A-Za-z]{40}\b
coinbase-cdp-key              \borganizations/[0-9a-f-]{36}/apiKeys/[0-9a-f-]{36}\b
composio-key                  \bak_[0-9A-Za-z_-]{20}\b
contentful-pat                \bCFPAT-[0-9A-Za-z_-]{43}\b
cursor-key                    \bkey_[0-9a-f]{64}\b
crates-io-token               \bcio[0-9A-Za-z]{32}\b
databricks-token              \bdapi[0-9a-f]{32}(?:-\d)?\b
datadog-app-key               \bddap[pk]_[0-9A-Za-z]{32,40}\b
defined-networking-token      \bdnkey-[0-9a-z=_-]{26}-[0-9a-z=_-]{52}\b
deno-token                    \bdd[pw]_[0-9A-Za-z]{36}\b
digitalocean-token            \bdo[opr]_v1_[0-9a-f]{64}\b
digitalocean-spaces-key       \bDO00[0-9A-Z]{16}\b
discord-bot-token             (?:^|[^0-9A-Za-z_-])[MNO][0-9A-Za-z_-]{23,25}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,38}
discord-webhook               https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/\d{17,20}/[0-9A-Za-z_-]{60,72}
docker-pat                    \bdckr_(?:pat|oat)_[0-9A-Za-z_-]{27,40}
doppler-token                 \bdp\.(?:pt|ct|st|sa|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}\b
dropbox-short-token           \bsl\.(?:u\.)?[0-9A-Za-z_-]{130,1000}
duffel-token                  \bduffel_(?:test|live)_[0-9A-Za-z_=-]{43}
dynatrace-token               \bdt0[a-z]\d\d\.[0-9A-Za-z]{24}\.[0-9A-Za-z]{64}\b
easypost-key                  \bEZ[AT]K[0-9A-Za-z]{54}\b
elastic-key                   \b(?:essu|esau)_[0-9A-Za-z=+/]{40,200}
elevenlabs-key                \bsk_[0-9a-f]{48}\b
facebook-page-token           \bEAA[MC][0-9A-Za-z]{80,}
facebook-access-token         \b\d{15,16}(?:\||%7C)[0-9A-Za-z_-]{27,40}
fal-key                       \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:[0-9a-f]{32}\b
fastly-token                  (?i)\bfastly[\w-]{0,20}[\s:='"]{1,6}[0-9a-z=_-]{32}\b
figma-pat                     \bfig[dou]r?_[0-9A-Za-z_-]{40,60}
firebase-server-key           \bAAAA[0-9A-Za-z_-]{7}:[0-9A-Za-z_-]{140}
firecrawl-key                 \bfc-[0-9a-f]{32}\b
fireworks-key                 \bfw_[0-9A-Za-z]{24}\b
flutterwave-key               \bFLW(?:PUB|SEC)K(?:_TEST)?-[0-9a-hA-H]{12,40}(?:-X)?\b
flyio-token                   \bfm[12][ar]?_[0-9A-Za-z+/_]{40,}={0,3}
flyio-personal-token          \bfo1_[0-9A-Za-z_-]{43}\b
frameio-token                 \bfio-u-[0-9A-Za-z_=-]{64}
gcp-api-key                   \bAIza[0-9A-Za-z_-]{35}
gcp-oauth-secret              \bGOCSPX-[0-9A-Za-z_-]{28}
gcp-oauth-token               \bya29\.[0-9A-Za-z_-]{20,}
gcp-refresh-token             \b1//0[0-9A-Za-z_-]{40,100}
gcp-service-account           "private_key_id"\s*:\s*"[0-9a-f]{40}"
ghost-key                     \b[0-9a-f]{24}:[0-9a-f]{64}\b
github-token                  \bgh[oprsu]_[0-9A-Za-z]{36,76}\b
github-fine-grained-pat       \bgithub_pat_[0-9A-Za-z_]{82}
gitlab-token                  \bgl(?:pat|dt|ft|soat|rt|rtr|ffct|wt)-[0-9A-Za-z_.-]{20,120}
gitlab-ci-token               \bglcbt-[0-9A-Za-z]{1,5}_?[0-9A-Za-z_-]{14,64}
gitlab-incoming-mail-token    \bglimt-[0-9A-Za-z_-]{25}(?:[^0-9A-Za-z_-]|$)
gitlab-trigger-token          \bglptt-[0-9A-Za-z_-]{40}(?:[^0-9A-Za-z_-]|$)
gitlab-agent-token            \bglagent-[0-9A-Za-z_-]{50,}
gitlab-oauth-secret           \bgloas-[0-9A-Za-z_-]{64}(?:[^0-9A-Za-z_-]|$)
gitlab-runner-token           \bGR1348941[0-9A-Za-z_-]{20,}
gitlab-session                _gitlab_session=[0-9a-z]{32}
gocardless-token              \blive_[0-9A-Za-z_=-]{40}\b
grafana-api-key               \beyJrIjoi[0-9A-Za-z]{60,400}={0,3}
grafana-cloud-token           \bglc_[0-9A-Za-z+/]{32,400}={0,3}
grafana-service-account       \bglsa_[0-9A-Za-z]{32}_[0-9A-Fa-f]{8}\b
groq-api-key                  \bgsk_[0-9A-Za-z]{48,56}\b
harness-token                 \b(?:pat|sat)\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z]{24}\.[0-9A-Za-z]{20}\b
hashicorp-tf-token            \b[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=-]{60,70}
helicone-key                  \b(?:sk|pk)-helicone-[0-9a-z-]{30,60}
heroku-key                    \bHRKU-[0-9A-Za-z_-]{30,64}
honeycomb-key                 \bhc[abx][il]k_[0-9a-z]{50,64}\b
hubspot-token                 \bpat-(?:na|eu|ap)\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
huggingface-token             \b(?:hf|api_org)_[A-Za-z]{34}\b
infracost-token               \bico-[0-9A-Za-z]{32}\b
inngest-key                   \bsignkey-(?:prod|test)-[0-9a-f]{32,64}\b
intra42-secret                \bs-s4t2(?:ud|af)-[0-9a-f]{64}\b
jina-key                      \bjina_[0-9a-f]{32}[0-9A-Za-z_-]{28}
jira-token                    \bATSTT3[0-9A-Za-z_=-]{20,}
jwt                           \beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{6,}(?:\.[0-9A-Za-z_-]{8,}|\b)
jwt-base64                    \bZXlK[0-9A-Za-z+/]{60,}={0,2}
kagi-key                      \bkagi_[0-9A-Za-z_-]{40,}
klaviyo-key                   \bpk_[0-9a-f]{34}\b
langfuse-key                  \b[ps]k-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
langsmith-key                 \blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b
launchdarkly-key              \b(?:api|sdk|mob)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
lemonsqueezy-key              \blmsq_[0-9A-Za-z]{40,}
letta-key                     \bsk-let-[0-9A-Za-z=]{40,}
lichess-token                 \blip_[0-9A-Za-z]{20}\b
line-token                    \b[0-9A-Za-z+/]{150,180}/1O/w1cDnyilFU=
linear-api-key                \blin_(?:api|oauth)_[0-9A-Za-z]{40,64}\b
linode-token                  \blinode[\w-]{0,20}[\s:='"]{1,6}[0-9a-f]{64}\b
litellm-key                   \bsk-litellm-[0-9A-Za-z_-]{20,}
lob-api-key                   \b(?:live|test)_(?:pub_)?[0-9a-f]{31,35}\b
lokalise-key                  \blokalise[\w-]{0,20}[\s:='"]{1,6}[0-9a-f]{40}\b
mailchimp-key                 \b[0-9a-f]{32}-us\d{1,2}\b
mailersend-key                \bmlsn\.[0-9a-f]{64}\b
mailgun-key                   \b(?:key|pubkey)-[0-9a-f]{32}\b
mailgun-signing-key           \b[0-9a-h]{32}-[0-9a-h]{8}-[0-9a-h]{8}\b
mapbox-token                  \b[ps]k\.eyJ1Ijoi[0-9A-Za-z_-]{20,200}\.[0-9A-Za-z_-]{20,30}
mapbox-token-short            \b[ps]k\.[0-9A-Za-z]{60,64}\.[0-9A-Za-z]{22}\b
maxmind-key                   \b[0-9A-Za-z]{6}_[0-9A-Za-z]{29}_mmk\b
mercury-token                 \bsecret-token:mercury_[0-9A-Za-z_.-]{20,}
meta-threads-token            \bTHAA[0-9A-Za-z_-]{60,}
mistral-agent-key             \bmistral[\w-]{0,20}[\s:='"]{1,6}[0-9A-Za-z]{32}\b
mongodb-atlas-key             \bmdb_sa_sk_[0-9A-Za-z_-]{40}
monday-token                  \beyJhbGciOiJIUzI1NiJ9\.eyJ0aWQi[0-9A-Za-z_-]{100,}\.[0-9A-Za-z_-]{40,}
neon-key                      \bnapi_[0-9a-z]{64}\b
neon-password                 \bnpg_[0-9A-Za-z]{12,24}\b
netlify-token                 \bnf[pcuo]_[0-9A-Za-z]{36}\b
new-relic-key                 \bNR(?:AK|JS|II|RA)-[0-9A-Za-z_-]{19,40}
ngrok-token                   \b(?:cr_)?[12][0-9A-Za-z]{26}_[0-9A-Za-z]{20,22}\b
ngrok-api-key                 \bak_[0-9A-Za-z]{27}\b
notion-token                  \b(?:ntn_\d{11}[0-9A-Za-z]{35}|secret_[0-9A-Za-z]{43})\b
npm-token                     \bnpm_[0-9A-Za-z]{36}\b
npmrc-auth                    //[0-9A-Za-z.:/_-]+/:_(?:authToken|auth|password)\s*=\s*['"]?[0-9A-Za-z_=+/-]{8,}
nuget-key                     \boy2[0-9a-z]{43}\b
nvidia-key                    \bnvapi-[0-9A-Za-z_-]{60,70}
octopus-key                   \bAPI-[0-9A-Z]{26,30}\b
okta-token                    (?i)\bokta[\w .-]{0,40}[\s:='">]{1,8}00[0-9a-z_=-]{40}
onfido-token                  \bapi_(?:live|sandbox)(?:_[a-z]{2})?\.[0-9A-Za-z_-]{11}\.[0-9A-Za-z_-]{32}\b
openai-project-key            \bsk-(?:proj|svcacct|admin|service|None)-[0-9A-Za-z_-]{36,200}
openai-key                    \bsk-[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}\b
openai-like-key               \bsk-[0-9A-Za-z]{32,64}\b
openrouter-key                \bsk-or-(?:v1-)?[0-9a-f]{48,64}\b
openshift-token               \bsha256~[0-9A-Za-z_-]{43}
paddle-key                    \bpdl_(?:live|sdbx)_apikey_[0-9a-z]{26}_[0-9A-Za-z]{22}_[0-9A-Za-z]{3}\b
pagerduty-key                 \bpdus\+_[0-9A-Za-z_+-]{20,}
perplexity-key                \bpplx-[0-9A-Za-z]{40,56}\b
phrase-key                    \bphrase[\w-]{0,20}[\s:='"]{1,6}[0-9a-f]{64}\b
pinecone-key                  \bpcsk_[0-9A-Za-z]{5,6}_[0-9A-Za-z]{60,70}\b
plaid-token                   \baccess-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
planetscale-token             \bpscale_(?:tkn|oauth|pw)_[0-9A-Za-z=._-]{32,64}
polar-token                   \bpolar_(?:oat|pat|at_[uo]|rt_[uo]|whs)_[0-9A-Za-z]{30,50}\b
postman-key                   \bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b
posthog-key                   \bph[cxs]_[0-9A-Za-z]{40,50}\b
prefect-key                   \bpn[ubc]_[0-9A-Za-z]{36}\b
private-packagist             \bpackagist_[ou]{1,2}t_[0-9a-f]{68}\b
pulumi-token                  \bpul-[0-9a-f]{40}\b
pypi-token                    \bpypi-AgE(?:I|N)[0-9A-Za-z_-]{50,}
qdrant-key                    \bqdrant[\w-]{0,20}[\s:='"]{1,6}[0-9A-Za-z_-]{36,60}\b
ramp-key                      \bramp_(?:sec|tok)_[0-9A-Za-z]{40,}
razorpay-key                  \brzp_(?:live|test)_[0-9A-Za-z]{14}\b
readme-key                    \brdme_[0-9a-z]{70}\b
render-key                    \brnd_[0-9A-Za-z]{32}\b
replicate-token               \br8_[0-9A-Za-z]{37}\b
resend-key                    \bre_[0-9A-Za-z]{8}_[0-9A-Za-z]{24}\b
retool-key                    \bretool_[0-9A-Za-z]{26,60}\b
rubygems-key                  \brubygems_[0-9a-f]{48}\b
runpod-key                    \brpa_[0-9A-Z]{40}[0-9a-z]{6}\b
salesforce-session            \b00D[0-9A-Za-z]{12}![0-9A-Za-z._]{80,120}
samsara-token                 \bsamsara_api_[0-9A-Za-z]{30}\b
scaleway-key                  \bSCW[0-9A-Z]{17}\b
scalingo-token                \btk-us-[0-9A-Za-z_-]{48}
scrapfly-key                  \bscp-(?:live|test)-[0-9a-f]{32}\b
segment-token                 \bsgp_[0-9A-Za-z]{64}\b
sendgrid-key                  \bSG\.[0-9A-Za-z_=.-]{60,70}
sentry-token                  \bsntry[usa]_[0-9A-Za-z+/=_]{60,400}
settlemint-token              \bsm_(?:aat|pat|sat)_[0-9A-Za-z]{16}\b
shippo-token                  \bshippo_(?:live|test)_[0-9A-Fa-f]{40}\b
shopify-token                 \bshp(?:at|ca|pa|ss|tka)_[0-9A-Fa-f]{32}\b
sidekiq-url                   https?://[0-9a-f]{8}:[0-9a-f]{8}@(?:gems|enterprise)\S?contribsys
slack-token                   \bxox[abeoprs](?:\.xox[bp])?-[0-9A-Za-z-]{10,500}
slack-app-token               \bxapp-\d-[0-9A-Za-z]+-\d+-[0-9a-z]+
slack-webhook                 hooks.slack.com/(?:services|workflows|triggers)/[0-9A-Za-z+/]{40,60}
sonar-token                   \bsq[upa]_[0-9A-Za-z_=-]{40}
sourcegraph-token             \bsgp_(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}\b
square-token                  \b(?:EAAA[0-9A-Za-z_-]{60}|sq0[a-z]{3}-[0-9A-Za-z_-]{22,43})
stabilityai-key               \bstability[\w-]{0,20}[\s:='"]{1,6}sk-[0-9A-Za-z]{48}\b
stripe-key                    \b[sr]k_(?:test|live|prod)_[0-9A-Za-z]{10,247}\b
stripe-webhook-secret         \bwhsec_[0-9A-Za-z+/=]{24,80}
stytch-secret                 \bsecret-(?:live|test)-[0-9A-Za-z_-]{36}=?
supabase-key                  \bsb(?:p|_secret|_publishable)_[0-9A-Za-z_-]{28,60}
svix-key                      \b(?:testsk|sk)_[0-9A-Za-z_-]{32}\.(?:eu|us|ca|in)\b
tailscale-key                 \btskey-(?:auth|api|client|scim|webhook)-[0-9A-Za-z]{8,24}-[0-9A-Za-z]{20,40}
tavily-key                    \btvly-(?:dev-)?[0-9A-Za-z]{20,40}\b
teams-webhook                 \.webhook\.office\.com/webhookb2/[0-9A-Za-z@-]{60,90}/IncomingWebhook/[0-9A-Za-z]{32}/[0-9A-Za-z-]{36}
telegram-token                (?:^|[^0-9A-Za-z])\d{5,16}:A[0-9A-Za-z_-]{34}(?:[^0-9A-Za-z_-]|$)
together-key                  \btgp_v1_[0-9A-Za-z_-]{40,50}
trello-token                  \bATTA[0-9A-Za-z]{72}\b
twilio-key                    \b(?:SK|AC)[0-9a-fA-F]{32}\b
twitter-bearer                \bA{20,22}[0-9A-Za-z%]{40,100}
typeform-token                \btfp_[0-9A-Za-z_.=-]{40,64}
unkey-root-key                \bunkey_[0-9A-Za-z]{20,40}\b
upstash-token                 \bA[XY][0-9A-Za-z]{2}AA[Iq][0-9A-Za-z]{50,70}={0,2}
vault-token                   \bhv[bsr]\.[0-9A-Za-z_-]{24,300}
vault-legacy-token            \bs\.[0-9A-Za-z]{24}\b
vercel-token                  \b(?:vercel_blob_rw|vck|vcp|vci|vca|vcr)_[0-9A-Za-z_]{24,80}
voyage-key                    \bpa-[0-9A-Za-z_-]{43}
wandb-key                     \bwandb_v1_[0-9A-Za-z_-]{60,}
weaviate-key                  \bweaviate[\w-]{0,20}[\s:='"]{1,6}[0-9A-Za-z]{36}\b
wise-token                    \bwise[\w-]{0,20}[\s:='"]{1,6}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
workos-key                    \bsk_(?:live|test)_a2V5X[0-9A-Za-z]{40,}
xai-key                       \bxai-[0-9A-Za-z]{70,90}\b
yandex-api-key                \bAQVN[0-9A-Za-z_-]{35,38}
yandex-iam-token              \bt1\.[0-9A-Za-z_=-]{10,}\.[0-9A-Za-z_-]{86}={0,2}
yandex-oauth-token            \by[0-3]_[0-9A-Za-z_-]{50,60}
yandex-secret-key             \bYC[ANOMP][0-9A-Za-z_-]{37,38}
zapier-webhook                https://hooks\.zapier\.com/hooks/catch/\d+/[0-9A-Za-z]+
zuplo-key                     \bzpka_[0-9a-f]{32}_[0-9a-f]{8}\b
"""

FORMATS: Final = tuple((line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in _TABLE.strip().splitlines())

# What the set looks for where a format has no plain beginning of three characters, in place of the whole pattern.
TRIGGERS: Final = {
    "asana-pat": r"\b[01]/[0-9]{14}",
    "asana-pat-2": r"\b2/[0-9]{14}",
    "aws-access-key": r"\b(?:AKIA|ASIA|ABIA|ACCA|A3T[0-9A-Z])[0-9A-Z]",
    "aws-secret-key": r"(?i)\b(?:aws|secret)",
    "azure-ad-client-secret": r"\dQ~",
    "azure-devops-pat": "AZDO",
    "azure-openai-key": "JQQJ99",
    "azure-cosmos-key": "ACDb",
    "azure-search-key": "AzSe",
    "azure-container-registry": r"\+ACR[A-D]",
    "chargebee-key": r"\b(?:live|test)_[0-9A-Za-z]",
    "discord-bot-token": r"\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]",
    "facebook-access-token": r"\d(?:\||%7C)[0-9A-Za-z_-]",
    "fal-key": r"-[0-9a-f]{12}:[0-9a-f]",
    "ghost-key": r"[0-9a-f]:[0-9a-f]{16}",
    "harness-token": r"\b[ps]at\.",
    "hashicorp-tf-token": "atlasv1",
    "line-token": "/1O/w1cD",
    "lob-api-key": r"\b(?:live|test)_",
    "mailchimp-key": r"[0-9a-f]-us\d",
    "mailgun-signing-key": r"\b[0-9a-h]{8,32}-[0-9a-h]{8}-[0-9a-h]{8}\b",
    "mapbox-token-short": r"\b[ps]k\.",
    "mapbox-token": r"\b[ps]k\.",
    "maxmind-key": "_mmk",
    "notion-token": r"\b(?:ntn_|secret_)",
    "salesforce-session": r"\b00D[0-9A-Za-z]{12}!",
    "telegram-token": r"\d:A[0-9A-Za-z_-]",
    "twitter-bearer": "A{20}",
    "upstash-token": r"\bA[XY][0-9A-Za-z]{2}AA[Iq]",
    "vault-legacy-token": r"\bs\.[0-9A-Za-z]{8}",
    "workos-key": "a2V5X",
}

# Providers whose keys have no form of their own: any random-looking value assigned to a name that holds theirs counts.
_VENDORS: Final = """
    adafruit adobe airtable algolia alibaba aliyun amplitude artifactory asana atlassian jira confluence auth0 azure bamboo
    beamer bintray bitbucket bittrex bitfinex binance bugsnag buildkite circleci clearbit cloudflare cloudinary codecov
    cohere coinbase confluent contentful contribsys datadog deepgram deepl deepseek digitalocean discord docusign drone
    dropbox elastic etsy eventbrite facebook fastly finicity finnhub firebase flickr foursquare freshbooks freshdesk
    fullstory getresponse gitter gocardless heroku honeybadger hubspot hunter influx instagram intercom ipstack jfrog xray
    jumpcloud kraken kucoin launchdarkly linear linkedin linked-in linked_in loggly looker mailchimp mailgun mailjet mandrill mapbox mattermost
    meraki messagebird message-bird message_bird mistral mixpanel monday mux nasa netlify newrelic new-relic new_relic nexmo notion nytimes
    new-york-times okta onelogin openai opsgenie optimizely pagerduty paypal pinata pingdom plaid plivo privateai pusher
    rapidapi raygun razorpay rollbar salesforce sauce scrapfly segment sendbird sendgrid sentry shodan smartsheet snyk
    softlayer cloudant ibm sonar splunk spotify squarespace square statuspage sumo telegram tiktok todoist travis trello
    twilio twitch twitter typeform ubidots unsplash vault vonage wakatime weatherstack webex yandex zendesk zoho zoom
"""
VENDORS: Final = tuple(_VENDORS.split())
