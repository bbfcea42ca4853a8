//! Who calls: identity from a JWT, or explicit development mode on loopback.

use aftercare_kernel::ids::TenantId;
use http::HeaderMap;
use jiff::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::status::WireError;

/// An authenticated caller: the tenant, who it is, and the roles it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The only tenant whose data the call can see.
    pub tenant: TenantId,
    /// Who calls: the token's subject, or a service of ours.
    pub principal: String,
    /// The roles of `proto/permissions.toml`.
    pub roles: Vec<String>,
    /// The bearer token as it came, to be passed on to another process of ours. Never logged.
    pub(crate) bearer: Option<Bearer>,
}

/// A token that does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bearer(pub(crate) String);

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(..)")
    }
}

impl Caller {
    /// A service of ours that acts for a tenant without a person behind it (events, jobs).
    #[must_use]
    pub fn service(tenant: TenantId, name: &str) -> Self {
        Self {
            tenant,
            principal: format!("services/{name}"),
            roles: vec!["admin".to_owned()],
            bearer: None,
        }
    }
}

/// What every handler knows of the call: who, and when "now" is for all that it does.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The present, the same for everything that this call does.
    pub now: Timestamp,
    /// The RPC: `/aftercare.customer.v1.CaseService/CreateCase`.
    pub method: String,
}

impl Call {
    /// The caller's tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.caller.tenant
    }

    /// A call that a service of ours makes on its own account.
    #[must_use]
    pub fn service(tenant: TenantId, name: &str, now: Timestamp) -> Self {
        Self { caller: Caller::service(tenant, name), now, method: format!("/{name}") }
    }
}

/// Claims of our tokens.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    tenant: String,
    #[serde(default)]
    roles: Vec<String>,
    iss: String,
    aud: String,
    exp: i64,
}

/// Why keys or tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The JWKS document is not one.
    #[error("the key set is no JWKS document")]
    KeySet(#[source] serde_json::Error),
    /// The signing key is not an Ed25519 key in PEM.
    #[error("the signing key is not an Ed25519 private key in PEM")]
    SigningKey(#[source] jsonwebtoken::errors::Error),
}

/// Decides who calls.
pub struct Authenticator {
    development: bool,
    keys: Option<(JwkSet, Validation)>,
}

impl Authenticator {
    /// Development mode: every call is admitted; headers may choose tenant, roles and time.
    #[must_use]
    pub const fn development() -> Self {
        Self { development: true, keys: None }
    }

    /// No identity is accepted over the network.
    #[must_use]
    pub const fn closed() -> Self {
        Self { development: false, keys: None }
    }

    /// Tokens signed by a key of the set, for this issuer and audience.
    ///
    /// # Errors
    /// [`KeyError::KeySet`].
    pub fn jwt(key_set: &str, issuer: &str, audience: &str) -> Result<Self, KeyError> {
        let keys: JwkSet = serde_json::from_str(key_set).map_err(KeyError::KeySet)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.algorithms = vec![Algorithm::EdDSA];
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Ok(Self { development: false, keys: Some((keys, validation)) })
    }

    /// The caller that the headers name, and the present.
    ///
    /// # Errors
    /// [`WireError::Unauthenticated`] says what is missing or wrong, never the token.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<(Caller, Timestamp), WireError> {
        if self.development {
            return development_caller(headers);
        }
        let (keys, validation) =
            self.keys.as_ref().ok_or(WireError::Unauthenticated("no key set is configured"))?;
        let token = text(headers, "authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(WireError::Unauthenticated("no bearer token"))?;
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_| WireError::Unauthenticated("the token is malformed"))?;
        let key = match header.kid.as_deref() {
            Some(kid) => keys.find(kid),
            None => keys.keys.first(),
        }
        .and_then(|jwk| DecodingKey::from_jwk(jwk).ok())
        .ok_or(WireError::Unauthenticated("the token's key is unknown"))?;
        // validated by algorithm family: a set of other keys must not widen what is accepted
        let claims = jsonwebtoken::decode::<Claims>(token, &key, validation)
            .map_err(|_| WireError::Unauthenticated("the token is invalid or expired"))?
            .claims;
        let tenant = TenantId::parse(&claims.tenant)
            .map_err(|_| WireError::Unauthenticated("the token names no tenant"))?;
        let caller = Caller {
            tenant,
            principal: claims.sub,
            roles: claims.roles,
            bearer: Some(Bearer(token.to_owned())),
        };
        Ok((caller, Timestamp::now()))
    }
}

fn development_caller(headers: &HeaderMap) -> Result<(Caller, Timestamp), WireError> {
    let tenant = TenantId::parse(text(headers, "aftercare-tenant").unwrap_or("demo"))
        .map_err(|_| WireError::Unauthenticated("aftercare-tenant is no tenant id"))?;
    let roles = text(headers, "aftercare-roles").unwrap_or("admin");
    let now = match text(headers, "aftercare-now") {
        Some(value) => value
            .parse()
            .map_err(|_| WireError::Unauthenticated("aftercare-now is no RFC 3339 instant"))?,
        None => Timestamp::now(),
    };
    let caller = Caller {
        tenant,
        principal: text(headers, "aftercare-principal").unwrap_or("developer").to_owned(),
        roles: roles.split(',').map(|role| role.trim().to_owned()).collect(),
        bearer: None,
    };
    Ok((caller, now))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What a token says.
#[derive(Debug, Clone)]
pub struct TokenSpec {
    /// `sub`: who it is for.
    pub subject: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The roles.
    pub roles: Vec<String>,
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// Signs a token with an Ed25519 key in PKCS #8 PEM.
///
/// # Errors
/// [`KeyError::SigningKey`].
pub fn issue(spec: &TokenSpec, signing_key_pem: &[u8], key_id: &str) -> Result<String, KeyError> {
    let key = EncodingKey::from_ed_pem(signing_key_pem).map_err(KeyError::SigningKey)?;
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key_id.to_owned());
    let claims = Claims {
        sub: spec.subject.clone(),
        tenant: spec.tenant.to_string(),
        roles: spec.roles.clone(),
        iss: spec.issuer.clone(),
        aud: spec.audience.clone(),
        exp: spec.expires.as_second(),
    };
    jsonwebtoken::encode(&header, &claims, &key).map_err(KeyError::SigningKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    // RFC 8037 appendix A: the Ed25519 key of its examples.
    const PEM: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    fn token(audience: &str, expires: Timestamp) -> String {
        let spec = TokenSpec {
            subject: "users/li".to_owned(),
            tenant: TenantId::parse("acme").unwrap(),
            roles: vec!["agent".to_owned()],
            issuer: "https://issuer.example".to_owned(),
            audience: audience.to_owned(),
            expires,
        };
        issue(&spec, PEM, "k1").unwrap()
    }

    fn try_token(token: &str) -> Result<(Caller, Timestamp), WireError> {
        let gate = Authenticator::jwt(JWKS, "https://issuer.example", "aftercare").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        gate.authenticate(&headers)
    }

    #[test]
    fn a_signed_token_names_tenant_and_roles() {
        let later = Timestamp::now() + 1.hour();
        let (caller, _) = try_token(&token("aftercare", later)).unwrap();
        assert_eq!((caller.tenant.as_str(), caller.roles), ("acme", vec!["agent".to_owned()]));
    }

    #[test]
    fn wrong_audience_expiry_and_tampering_are_refused() {
        let later = Timestamp::now() + 1.hour();
        let good = token("aftercare", later);
        let mut tampered = good.clone();
        tampered.replace_range(good.len() - 6..good.len() - 4, "AA");
        for bad in [
            token("other", later),
            token("aftercare", Timestamp::now() - 1.hour()),
            tampered,
            String::new(),
        ] {
            assert!(try_token(&bad).is_err(), "{bad}");
        }
    }
}
