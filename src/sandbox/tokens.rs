//! Access tokens: the JWT bearer grant, and the token check of all other requests. \[docs, spec\]
//!
//! Any client id, secret and JWT are accepted if they are well-formed. Of the error codes only
//! OAU-128 and OAU-129 are documented. Those of the token request are \[inferred\].

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::response::SandboxApiError;

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

    /// Handles a token request and returns the response body.
    ///
    /// `form` is the decoded request body, `owner` the id of the user who signs in, and `scope` the
    /// list of permissions of the API app.
    pub(crate) fn issue(
        &mut self,
        headers: &HeaderMap,
        form: &[(String, String)],
        owner: &str,
        scope: &str,
        now: Instant,
    ) -> Result<Value, SandboxApiError> {
        if !has_client_credentials(headers) {
            let message = "client id and secret are required as Basic authorization";
            return Err(oauth_error("OAU-153", message, "Authorization"));
        }
        let field = |name: &str| {
            form.iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        if field("grant_type") != Some(JWT_GRANT) {
            return Err(oauth_error(
                "OAU-250",
                "unsupported grant type",
                "grant_type",
            ));
        }
        if !field("assertion").is_some_and(looks_like_jwt) {
            return Err(oauth_error(
                "OAU-148",
                "the assertion is not a JWT",
                "assertion",
            ));
        }
        self.expiry
            .retain(|_, expiry| now < *expiry + self.lifetime);
        let token = random_hex();
        self.expiry.insert(token.clone(), now + self.lifetime);
        Ok(json!({
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self.lifetime.as_secs(),
            "refresh_token": random_hex(),
            "refresh_token_expires_in": REFRESH_SECONDS,
            "scope": scope,
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
            let status = StatusCode::UNAUTHORIZED;
            Err(SandboxApiError::with_detail(status, code, message, None))
        };
        let token = credentials(headers, "bearer");
        match token.and_then(|token| self.expiry.get(token)) {
            None => unauthorized("OAU-129", "access token is missing or corrupted"),
            Some(expiry) if now >= *expiry => unauthorized("OAU-128", "access token has expired"),
            Some(_) => Ok(()),
        }
    }
}

fn oauth_error(code: &'static str, message: &str, parameter: &str) -> SandboxApiError {
    SandboxApiError::with_detail(StatusCode::BAD_REQUEST, code, message, Some(parameter))
}

/// Returns the part after the scheme in the Authorization header, if the header has this scheme.
fn credentials<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (header_scheme, credentials) = value.split_once(' ')?;
    header_scheme
        .eq_ignore_ascii_case(scheme)
        .then_some(credentials.trim())
}

/// Returns whether the Authorization header contains a client id and a secret, Base64-encoded.
fn has_client_credentials(headers: &HeaderMap) -> bool {
    credentials(headers, "basic")
        .and_then(decode_base64)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .as_deref()
        .and_then(|text| text.split_once(':'))
        .is_some_and(|(id, secret)| !id.is_empty() && !secret.is_empty())
}

/// Returns whether a text has three nonempty parts in Base64url, separated by periods.
fn looks_like_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_base64url = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    parts.len() == 3 && parts.iter().all(is_base64url)
}

/// Decodes standard Base64, with or without padding.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut bit_count) = (0_u32, 0_u32);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        bit_count += 6;
        if bit_count >= 8 {
            bit_count -= 8;
            bytes.push((bits >> bit_count).to_le_bytes()[0]);
        }
    }
    Some(bytes)
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

    fn headers(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, authorization.parse().unwrap())])
    }

    fn form(grant: &str, assertion: &str) -> Vec<(String, String)> {
        vec![
            ("grant_type".into(), grant.into()),
            ("assertion".into(), assertion.into()),
        ]
    }

    #[test]
    fn token_request_without_valid_credentials_is_rejected() {
        let mut tokens = AccessTokens::new(Duration::from_hours(1));
        let mut code = |authorization: &str, grant: &str, assertion: &str| {
            let result = tokens.issue(
                &headers(authorization),
                &form(grant, assertion),
                "7",
                "ReadAccounts",
                Instant::now(),
            );
            result.err().map(|error| error.details[0].code)
        };
        assert_eq!(code("Basic aWQ6c2VjcmV0", JWT_GRANT, "a.b-_.c"), None);
        assert_eq!(
            code("Basic aWQ6", JWT_GRANT, "a.b.c"),
            Some("OAU-153"),
            "no secret"
        );
        assert_eq!(code("Bearer x", JWT_GRANT, "a.b.c"), Some("OAU-153"));
        assert_eq!(
            code("Basic aWQ6c2VjcmV0", "password", "a.b.c"),
            Some("OAU-250")
        );
        for bad in ["", "a.b", "a..c", "a.b.c.d", "a.b.c="] {
            assert_eq!(
                code("Basic aWQ6c2VjcmV0", JWT_GRANT, bad),
                Some("OAU-148"),
                "{bad}"
            );
        }
    }

    #[test]
    fn token_is_accepted_until_it_expires() {
        let mut tokens = AccessTokens::new(Duration::from_secs(10));
        let start = Instant::now();
        let token = tokens
            .issue(
                &headers("Basic aWQ6c2VjcmV0"),
                &form(JWT_GRANT, "a.b.c"),
                "7",
                "ReadAccounts",
                start,
            )
            .unwrap();
        let bearer = headers(&format!(
            "Bearer {}",
            token["access_token"].as_str().unwrap()
        ));
        let code = |headers: &HeaderMap, seconds| {
            let result = tokens.check(headers, start + Duration::from_secs(seconds));
            result.err().map(|error| error.details[0].code)
        };
        assert_eq!(code(&bearer, 9), None);
        assert_eq!(code(&bearer, 10), Some("OAU-128"));
        assert_eq!(code(&headers("Bearer other"), 0), Some("OAU-129"));
        assert_eq!(code(&HeaderMap::new(), 0), Some("OAU-129"));
    }
}
