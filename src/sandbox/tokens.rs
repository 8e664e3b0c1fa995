//! Access tokens and the permissions they carry: the JWT bearer grant, and the checks of all other
//! requests. \[docs, spec\]
//!
//! Any client id, secret and JWT are accepted if they are well-formed. Of the error codes only
//! OAU-128 and OAU-129 are documented. Those of the token request are \[inferred\].

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use serde_json::{Value, json};

use super::account::{AppPermission, SandboxAccount};
use super::response::SandboxApiError;

pub(crate) const TOKEN_PATH: &str = "/restapi/oauth/token";
const JWT_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const REFRESH_SECONDS: u64 = 604_800;

/// Issued access tokens with their expiry.
#[derive(Debug)]
pub(crate) struct AccessTokens {
    lifetime: Duration,
    expiry: HashMap<String, Instant>,
}

impl AccessTokens {
    pub(crate) fn new(lifetime: Duration) -> AccessTokens {
        AccessTokens {
            lifetime,
            expiry: HashMap::new(),
        }
    }

    /// Handles a token request and returns the response body. `form` is the decoded request body.
    pub(crate) fn issue(
        &mut self,
        account: &SandboxAccount,
        headers: &HeaderMap,
        form: &HashMap<String, String>,
        now: Instant,
    ) -> Result<Value, SandboxApiError> {
        let rejection = |code, message: &str, parameter| {
            let error = SandboxApiError::new(StatusCode::BAD_REQUEST, code, message);
            Err(error.at(parameter))
        };
        let field = |name: &str| form.get(name).map(String::as_str);
        if !has_client_credentials(headers) {
            let message = "client id and secret are required as Basic authorization";
            return rejection("OAU-153", message, "Authorization");
        }
        if field("grant_type") != Some(JWT_GRANT) {
            return rejection("OAU-250", "unsupported grant type", "grant_type");
        }
        if !field("assertion").is_some_and(looks_like_jwt) {
            return rejection("OAU-148", "the assertion is not a JWT", "assertion");
        }
        let lifetime = self.lifetime;
        self.expiry.retain(|_, expiry| now < *expiry + lifetime);
        let token = random_hex();
        self.expiry.insert(token.clone(), now + lifetime);
        let user = account.signed_in_user();
        let owner = user.map_or(&account.account.id, |user| &user.id);
        let permissions = account.account.permissions.iter();
        let scope: Vec<&str> = permissions.map(|permission| permission.name()).collect();
        Ok(json!({
            "access_token": token,
            "token_type": "bearer",
            "expires_in": lifetime.as_secs(),
            "refresh_token": random_hex(),
            "refresh_token_expires_in": REFRESH_SECONDS,
            "scope": scope.join(" "),
            "owner_id": owner,
            "endpoint_id": random_hex(),
            "session_id": random_hex(),
        }))
    }

    /// Expires the token of this request early.
    pub(crate) fn expire(&mut self, headers: &HeaderMap, now: Instant) {
        let token = credentials(headers, "bearer");
        if let Some(expiry) = token.and_then(|token| self.expiry.get_mut(token)) {
            *expiry = now;
        }
    }

    /// Rejects a request without a valid token.
    pub(crate) fn check(&self, headers: &HeaderMap, now: Instant) -> Result<(), SandboxApiError> {
        let unauthorized = |code, message| {
            Err(SandboxApiError::new(
                StatusCode::UNAUTHORIZED,
                code,
                message,
            ))
        };
        let token = credentials(headers, "bearer");
        match token.and_then(|token| self.expiry.get(token)) {
            None => unauthorized("OAU-129", "access token is missing or corrupted"),
            Some(expiry) if now >= *expiry => unauthorized("OAU-128", "access token has expired"),
            Some(_) => Ok(()),
        }
    }
}

/// Returns the permission that a request requires, if any. \[spec\]
fn required_permission(method: &str, path: &str) -> Option<AppPermission> {
    match method {
        _ if path == TOKEN_PATH || path.starts_with("/restapi/v1.0/dictionary/") => None,
        "GET" | "HEAD" => Some(AppPermission::ReadAccounts),
        _ if path.ends_with("/audit-trail/search") => Some(AppPermission::ReadAuditTrail),
        _ => Some(AppPermission::EditExtensions),
    }
}

/// Rejects a request whose permission the API app does not have.
///
/// The status is that of unavailable features. \[spec\] The code, and the check of the permission
/// before all others, are \[inferred\].
pub(crate) fn check_permission(
    permissions: &[AppPermission],
    method: &str,
    path: &str,
) -> Result<(), SandboxApiError> {
    let required = required_permission(method, path);
    let Some(missing) = required.filter(|required| !permissions.contains(required)) else {
        return Ok(());
    };
    let name = missing.name();
    let message = format!("the application lacks the permission [{name}] for this request");
    Err(SandboxApiError::new(
        StatusCode::FORBIDDEN,
        "CMN-401",
        message,
    ))
}

/// Returns the part after the scheme in the Authorization header, if the header has this scheme.
fn credentials<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (header_scheme, credentials) = value.split_once(' ')?;
    let has_scheme = header_scheme.eq_ignore_ascii_case(scheme);
    has_scheme.then_some(credentials.trim())
}

/// Returns whether the Authorization header contains a client id and a secret, Base64-encoded.
fn has_client_credentials(headers: &HeaderMap) -> bool {
    let encoded = credentials(headers, "basic");
    let bytes = encoded.and_then(|text| STANDARD_PAD_INDIFFERENT.decode(text).ok());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = text.as_deref().and_then(|text| text.split_once(':'));
    pair.is_some_and(|(id, secret)| !id.is_empty() && !secret.is_empty())
}

/// Returns whether a text has three nonempty parts in Base64url, separated by periods.
fn looks_like_jwt(text: &str) -> bool {
    let is_base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let is_valid = |part: &str| !part.is_empty() && part.bytes().all(is_base64url);
    text.split('.').count() == 3 && text.split('.').all(is_valid)
}

/// Returns 32 random hexadecimal digits. Their source is the random seed of the hashers in the
/// standard library.
pub(crate) fn random_hex() -> String {
    let half = || RandomState::new().hash_one(Instant::now());
    format!("{:016x}{:016x}", half(), half())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASIC: &str = "Basic aWQ6c2VjcmV0";

    fn headers(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, authorization.parse().unwrap())])
    }

    fn form(grant: &str, assertion: &str) -> HashMap<String, String> {
        let fields = [("grant_type", grant), ("assertion", assertion)];
        fields.map(|(key, value)| (key.into(), value.into())).into()
    }

    #[test]
    fn token_request_without_valid_credentials_is_rejected() {
        let account = SandboxAccount::default();
        let mut tokens = AccessTokens::new(Duration::from_hours(1));
        for (authorization, grant, assertion, code) in [
            (BASIC, JWT_GRANT, "a.b-_.c", None),
            ("Basic aWQ6", JWT_GRANT, "a.b.c", Some("OAU-153")), // no secret
            ("Bearer x", JWT_GRANT, "a.b.c", Some("OAU-153")),
            (BASIC, "password", "a.b.c", Some("OAU-250")),
            (BASIC, JWT_GRANT, "", Some("OAU-148")),
            (BASIC, JWT_GRANT, "a.b", Some("OAU-148")),
            (BASIC, JWT_GRANT, "a..c", Some("OAU-148")),
            (BASIC, JWT_GRANT, "a.b.c.d", Some("OAU-148")),
            (BASIC, JWT_GRANT, "a.b.c=", Some("OAU-148")),
        ] {
            let (headers, form) = (headers(authorization), form(grant, assertion));
            let result = tokens.issue(&account, &headers, &form, Instant::now());
            let error_code = result.err().map(|error| error.details[0].code);
            assert_eq!(error_code, code, "{authorization} {grant} {assertion}");
        }
    }

    #[test]
    fn token_is_accepted_until_it_expires() {
        let mut tokens = AccessTokens::new(Duration::from_secs(10));
        let start = Instant::now();
        let (account, form) = (SandboxAccount::default(), form(JWT_GRANT, "a.b.c"));
        let body = tokens
            .issue(&account, &headers(BASIC), &form, start)
            .unwrap();
        let token = body["access_token"].as_str().unwrap();
        let bearer = headers(&format!("Bearer {token}"));
        let code = |headers: &HeaderMap, seconds| {
            let result = tokens.check(headers, start + Duration::from_secs(seconds));
            result.err().map(|error| error.details[0].code)
        };
        assert_eq!(code(&bearer, 9), None);
        assert_eq!(code(&bearer, 10), Some("OAU-128"));
        assert_eq!(code(&headers("Bearer other"), 0), Some("OAU-129"));
        assert_eq!(code(&HeaderMap::new(), 0), Some("OAU-129"));
    }

    #[test]
    fn each_kind_of_request_requires_its_permission() {
        use AppPermission::{EditExtensions, ReadAccounts, ReadAuditTrail};
        let audit_search = "/restapi/v1.0/account/~/audit-trail/search";
        let rules = "/restapi/v2/accounts/~/extensions/1/comm-handling/voice/interaction-rules";
        for (method, path, permission) in [
            ("POST", TOKEN_PATH, None),
            ("GET", "/restapi/v1.0/dictionary/greeting", None),
            ("GET", "/restapi/v1.0/account/~", Some(ReadAccounts)),
            ("GET", rules, Some(ReadAccounts)),
            ("POST", rules, Some(EditExtensions)),
            ("POST", audit_search, Some(ReadAuditTrail)),
        ] {
            let required = required_permission(method, path);
            assert_eq!(required, permission, "{method} {path}");
        }
        let error = check_permission(&[ReadAccounts], "POST", rules).unwrap_err();
        assert_eq!(error.status, StatusCode::FORBIDDEN);
        assert_eq!(error.details[0].code, "CMN-401");
        assert!(check_permission(&[ReadAccounts], "GET", rules).is_ok());
    }
}
