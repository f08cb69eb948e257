"""What to fill in for the issuers that people use most, from their own documentation; ``<…>`` is to be replaced.

GitHub: docs.github.com, "OpenID Connect reference". GitLab: docs.gitlab.com, "OpenID Connect authentication using ID
tokens". Kubernetes: kubernetes.io, "Service account issuer discovery". Google: cloud.google.com, "generateIdToken".
AWS: docs.aws.amazon.com, IAM "Outbound identity federation". Microsoft: learn.microsoft.com, "Access tokens".
"""

from dataclasses import dataclass

from accounts.workloads.models import Preset


@dataclass(frozen=True, slots=True)
class Guide:
    """How to trust one kind of issuer: values for the form, a sentence about the subject, and how to get a token."""

    preset: Preset
    issuer: str
    jwks_url: str
    subject: str
    about: str
    token: str
    claims: str = ""


GUIDES = (
    Guide(
        Preset.GITHUB,
        "https://token.actions.githubusercontent.com",
        "https://token.actions.githubusercontent.com/.well-known/jwks",
        "repo:<organisation>/<repository>:ref:refs/heads/main",
        "The subject names repository and branch, tag or environment. Everybody's workflows share this issuer, so the "
        "organisation must stand in the subject: repo:<organisation>/* lets in all of its repositories.",
        "permissions:\n  id-token: write\nsteps:\n  - run: |\n"
        '      SUBJECT_TOKEN=$(curl -s -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\\n'
        '        "$ACTIONS_ID_TOKEN_REQUEST_URL&audience={audience}" | jq -r .value)',
        claims="repository_owner_id = <number>",
    ),
    Guide(
        Preset.GITLAB,
        "https://gitlab.com",
        "https://gitlab.com/oauth/discovery/keys",
        "project_path:<group>/<project>:ref_type:branch:ref:main",
        "The subject names project and branch or tag. For GitLab of your own, put its address in the place of "
        "https://gitlab.com.",
        "job:\n  id_tokens:\n    SUBJECT_TOKEN:\n      aud: {audience}",
        claims="ref_protected = true",
    ),
    Guide(
        Preset.KUBERNETES,
        "https://<issuer of the cluster>",
        "https://<issuer of the cluster>/openid/v1/jwks",
        "system:serviceaccount:<namespace>:<service account>",
        "kubectl get --raw /.well-known/openid-configuration tells issuer and jwks_uri. The address of the keys must "
        "be reachable from here, which those of EKS, GKE and AKS are.",
        "volumes:\n  - name: tidegate\n    projected:\n      sources:\n        - serviceAccountToken:\n"
        "            path: token\n            audience: {audience}\n            expirationSeconds: 600",
    ),
    Guide(
        Preset.GOOGLE,
        "https://accounts.google.com",
        "https://www.googleapis.com/oauth2/v3/certs",
        "<unique id of the service account>",
        "The subject is the service account's unique id, 21 digits. All the world's accounts share this issuer.",
        'SUBJECT_TOKEN=$(curl -s -H "Metadata-Flavor: Google" \\\n'
        '  "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity'
        '?audience={audience}&format=full")',
        claims="email = <name>@<project>.iam.gserviceaccount.com",
    ),
    Guide(
        Preset.AWS,
        "https://<id>.tokens.sts.global.api.aws",
        "https://<id>.tokens.sts.global.api.aws/.well-known/jwks.json",
        "arn:aws:iam::<account>:role/<role>",
        "Outbound identity federation gives your account an issuer of its own: aws iam "
        "enable-outbound-web-identity-federation prints it. The subject is the role's ARN.",
        "SUBJECT_TOKEN=$(aws sts get-web-identity-token --audience {audience} \\\n"
        "  --signing-algorithm RS256 --duration-seconds 300 --query WebIdentityToken --output text)",
    ),
    Guide(
        Preset.AZURE,
        "https://login.microsoftonline.com/<directory id>/v2.0",
        "https://login.microsoftonline.com/<directory id>/discovery/v2.0/keys",
        "<object id of the managed identity>",
        "Register an application for Tidegate in your directory with requestedAccessTokenVersion 2; the audience is "
        "its client id. The subject is the object id of the managed identity's service principal.",
        "SUBJECT_TOKEN=$(az account get-access-token --resource api://<client id> --query accessToken -o tsv)",
        claims="tid = <directory id>",
    ),
    Guide(
        Preset.OTHER,
        "",
        "",
        "",
        "Whoever issues OpenID Connect tokens: issuer and jwks_uri stand in its /.well-known/openid-configuration.",
        "SUBJECT_TOKEN=…",
    ),
)


def guide_of(preset: str) -> Guide:
    """Return the guide of a preset; that of no particular issuer where there is none."""
    return next((guide for guide in GUIDES if guide.preset == preset), GUIDES[-1])
