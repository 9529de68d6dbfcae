"""Does things with Authlib: reads what, and with which values, as a line of JSON, and answers with a line of JSON."""

import json
import os
import sys

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

# Over http Authlib takes the name localhost only.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


def session_of(client):
    return OAuth2Session(client["id"], client.get("secret"), token_endpoint_auth_method=client["method"])


def discover(issuer):
    return requests.get(f"{issuer}/.well-known/oauth-authorization-server", timeout=30).json()


def metadata(asked):
    document = AuthorizationServerMetadata(discover(asked["issuer"]))
    wrong = []
    for name in AuthorizationServerMetadata.REGISTRY_KEYS:
        try:
            getattr(document, f"validate_{name}", lambda: None)()
        except ValueError as error:
            wrong.append(str(error))
    return {"document": dict(document), "wrong": wrong}


def refresh(asked):
    endpoint = discover(asked["issuer"])["token_endpoint"]
    try:
        return dict(session_of(asked["client"]).refresh_token(endpoint, refresh_token=asked["token"]))
    except OAuthError as error:
        return {"error": error.error}


def introspect(asked):
    endpoint = discover(asked["issuer"])["introspection_endpoint"]
    answer = session_of(asked["client"]).introspect_token(endpoint, token=asked["token"])
    return {"status": answer.status_code, "body": answer.json()}


def revoke(asked):
    endpoint = discover(asked["issuer"])["revocation_endpoint"]
    session = session_of(asked["client"])
    answer = session.revoke_token(endpoint, token=asked["token"], token_type_hint="refresh_token")
    return {"status": answer.status_code, "body": answer.text}


def verify(asked):
    key_set = requests.get(discover(asked["issuer"])["jwks_uri"], timeout=30).json()
    expected = {name: {"essential": True, "value": asked["issuer"]} for name in ("iss", "aud")}
    try:
        keys = JsonWebKey.import_key_set(key_set)
        claims = JsonWebToken(["ES256"]).decode(asked["token"], keys, claims_options=expected)
        claims.validate()
        return {"header": claims.header, "claims": dict(claims)}
    except JoseError as error:
        return {"error": error.error}
    except ValueError as error:
        # What Authlib raises for a key that is not in the set.
        return {"error": str(error)}


things = {
    "metadata": metadata,
    "refresh": refresh,
    "introspect": introspect,
    "revoke": revoke,
    "verify": verify,
}

if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(things[asked["do"]](asked)), flush=True)
