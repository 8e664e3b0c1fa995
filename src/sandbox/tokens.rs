//! Access tokens: the JWT-bearer grant, and the check that every other request goes through. \[docs, spec\]
//!
//! Any client id, secret and JWT will do, as long as they look like such. Of the error codes only OAU-128 and
//! OAU-129 are documented; those of the token request are \[inferred\].

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::answers::ApiError;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const REFRESH_SECONDS: u64 = 604_800;

/// The tokens that were given out.
#[derive(Debug)]
pub(crate) struct Tokens {
    lifetime: Duration,
    expiry: HashMap<String, Instant>,
}

impl Tokens {
    pub(crate) fn new(lifetime: Duration) -> Tokens {
        Tokens {
            lifetime,
            expiry: HashMap::new(),
        }
    }

    /// Answers a token request: `form` is its body, decoded; `owner` signs in, and the app may do what
    /// `scope` says.
    pub(crate) fn issue(
        &mut self,
        headers: &HeaderMap,
        form: &[(String, String)],
        owner: &str,
        scope: &str,
        now: Instant,
    ) -> Result<Value, ApiError> {
        if !has_client_credentials(headers) {
            let message = "client id and secret are required as Basic authorization";
            return Err(oauth_error("OAU-153", message, "Authorization"));
        }
        let field = |name: &str| {
            form.iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        if field("grant_type") != Some(GRANT) {
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
        let token = random_text();
        self.expiry.insert(token.clone(), now + self.lifetime);
        Ok(json!({
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self.lifetime.as_secs(),
            "refresh_token": random_text(),
            "refresh_token_expires_in": REFRESH_SECONDS,
            "scope": scope,
            "owner_id": owner,
            "endpoint_id": random_text(),
            "session_id": random_text(),
        }))
    }

    /// Ends the token of this request ahead of its time.
    pub(crate) fn expire(&mut self, headers: &HeaderMap, now: Instant) {
        let token = credentials(headers, "bearer");
        if let Some(expiry) = token.and_then(|token| self.expiry.get_mut(token)) {
            *expiry = now;
        }
    }

    /// Lets a request with a good token through.
    pub(crate) fn check(&self, headers: &HeaderMap, now: Instant) -> Result<(), ApiError> {
        let refuse =
            |code, message| Err(ApiError::one(StatusCode::UNAUTHORIZED, code, message, None));
        let token = credentials(headers, "bearer");
        match token.and_then(|token| self.expiry.get(token)) {
            None => refuse("OAU-129", "access token is missing or corrupted"),
            Some(expiry) if now >= *expiry => refuse("OAU-128", "access token has expired"),
            Some(_) => Ok(()),
        }
    }
}

fn oauth_error(code: &'static str, message: &str, parameter: &str) -> ApiError {
    ApiError::one(StatusCode::BAD_REQUEST, code, message, Some(parameter))
}

/// What follows the scheme in the Authorization header.
fn credentials<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (found, rest) = value.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then_some(rest.trim())
}

fn has_client_credentials(headers: &HeaderMap) -> bool {
    let decoded = credentials(headers, "basic").and_then(decode_base64);
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = text.as_deref().and_then(|text| text.split_once(':'));
    pair.is_some_and(|(id, secret)| !id.is_empty() && !secret.is_empty())
}

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

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// 32 hexadecimal digits that differ each time: hashers of the standard library are seeded by the system.
pub(crate) fn random_text() -> String {
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
    fn what_the_token_request_refuses() {
        let mut tokens = Tokens::new(Duration::from_secs(3600));
        let mut code = |authorization: &str, grant: &str, assertion: &str| {
            let answer = tokens.issue(
                &headers(authorization),
                &form(grant, assertion),
                "7",
                "ReadAccounts",
                Instant::now(),
            );
            answer.err().map(|error| error.refusals[0].code)
        };
        assert_eq!(code("Basic aWQ6c2VjcmV0", GRANT, "a.b-_.c"), None);
        assert_eq!(
            code("Basic aWQ6", GRANT, "a.b.c"),
            Some("OAU-153"),
            "no secret"
        );
        assert_eq!(code("Bearer x", GRANT, "a.b.c"), Some("OAU-153"));
        assert_eq!(
            code("Basic aWQ6c2VjcmV0", "password", "a.b.c"),
            Some("OAU-250")
        );
        for bad in ["", "a.b", "a..c", "a.b.c.d", "a.b.c="] {
            assert_eq!(
                code("Basic aWQ6c2VjcmV0", GRANT, bad),
                Some("OAU-148"),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let mut tokens = Tokens::new(Duration::from_secs(10));
        let start = Instant::now();
        let answer = tokens
            .issue(
                &headers("Basic aWQ6c2VjcmV0"),
                &form(GRANT, "a.b.c"),
                "7",
                "ReadAccounts",
                start,
            )
            .unwrap();
        let bearer = headers(&format!(
            "Bearer {}",
            answer["access_token"].as_str().unwrap()
        ));
        let code = |headers: &HeaderMap, seconds| {
            let found = tokens.check(headers, start + Duration::from_secs(seconds));
            found.err().map(|error| error.refusals[0].code)
        };
        assert_eq!(code(&bearer, 9), None);
        assert_eq!(code(&bearer, 10), Some("OAU-128"));
        assert_eq!(code(&headers("Bearer other"), 0), Some("OAU-129"));
        assert_eq!(code(&HeaderMap::new(), 0), Some("OAU-129"));
    }
}
