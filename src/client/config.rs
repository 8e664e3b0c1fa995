//! The server and credentials of the client, from environment variables only.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::{Host, Url};

const SERVER_VAR: &str = "RC_SERVER_URL";
const CLIENT_ID_VAR: &str = "RC_APP_CLIENT_ID";
const CLIENT_SECRET_VAR: &str = "RC_APP_CLIENT_SECRET";
const JWT_VAR: &str = "RC_USER_JWT";

/// The server and the credentials for one account. The variables are named as in the samples of
/// RingCentral \[docs\].
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The base URL of the server.
    pub server: Url,
    /// The client ID of the API app.
    pub client_id: String,
    /// The client secret of the API app.
    pub client_secret: SecretString,
    /// The JWT credential of the user, for a sign-in without interaction.
    pub jwt: SecretString,
}

/// The error for missing or invalid environment variables. It lists every problem at once.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ClientConfigError {
    missing: Vec<&'static str>,
    server: Option<ServerUrlError>,
}

/// The reason why a URL must not be used. The URL is not shown, because users paste secrets into
/// the wrong variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum ServerUrlError {
    #[error("is not an http or https URL, such as https://platform.ringcentral.com")]
    NotHttpUrl,
    #[error("must not contain a user name or password")]
    HasCredentials,
    #[error(
        "must not contain a path: use only the address, such as https://platform.ringcentral.com"
    )]
    HasPath,
    #[error("must not contain a query or fragment")]
    HasQueryOrFragment,
    #[error(
        "would send secrets unencrypted: use https (plain http is allowed only on this machine)"
    )]
    PlainHttp,
}

impl ClientConfig {
    /// Reads the configuration; `var` returns the value of an environment variable.
    ///
    /// Trims each value, because secrets pasted into CI settings often end in a line break.
    pub fn from_env(
        var: impl Fn(&str) -> Option<String>,
    ) -> Result<ClientConfig, ClientConfigError> {
        let mut missing = Vec::new();
        let mut read = |name: &'static str| {
            let value = var(name).unwrap_or_default().trim().to_owned();
            if value.is_empty() {
                missing.push(name);
            }
            value
        };
        let server = read(SERVER_VAR);
        let client_id = read(CLIENT_ID_VAR);
        let client_secret = SecretString::from(read(CLIENT_SECRET_VAR));
        let jwt = SecretString::from(read(JWT_VAR));

        let server = match server.as_str() {
            "" => Err(None),
            text => parse_server_url(text).map_err(Some),
        };
        match server {
            Ok(server) if missing.is_empty() => Ok(ClientConfig {
                server,
                client_id,
                client_secret,
                jwt,
            }),
            other => Err(ClientConfigError {
                missing,
                server: other.err().flatten(),
            }),
        }
    }

    /// Returns whether the JWT is well-formed: three parts of letters, digits, `-` and `_`,
    /// separated by dots.
    pub fn is_jwt_well_formed(&self) -> bool {
        let jwt = self.jwt.expose_secret();
        let is_base64url = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_part = |part: &str| !part.is_empty() && part.chars().all(is_base64url);
        jwt.split('.').count() == 3 && jwt.split('.').all(is_part)
    }

    /// Rejects a server that must not receive secrets, even if the fields were set directly.
    pub(super) fn validate(&self) -> Result<(), ClientConfigError> {
        check_server_url(&self.server).map_err(|server| ClientConfigError {
            missing: Vec::new(),
            server: Some(server),
        })
    }
}

fn parse_server_url(text: &str) -> Result<Url, ServerUrlError> {
    let url = Url::parse(text).map_err(|_| ServerUrlError::NotHttpUrl)?;
    check_server_url(&url)?;
    Ok(url)
}

fn check_server_url(url: &Url) -> Result<(), ServerUrlError> {
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(ServerUrlError::NotHttpUrl);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ServerUrlError::HasCredentials);
    }
    if url.path() != "/" {
        return Err(ServerUrlError::HasPath);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ServerUrlError::HasQueryOrFragment);
    }
    if url.scheme() == "http" && !is_loopback(url) {
        return Err(ServerUrlError::PlainHttp);
    }
    Ok(())
}

/// Returns whether a URL points to the local machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

impl fmt::Display for ClientConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.missing.is_empty() {
            f.write_str("not set in the environment: ")?;
            for (index, name) in self.missing.iter().enumerate() {
                let separator = if index == 0 { "" } else { ", " };
                write!(f, "{separator}{name} ({})", where_to_find(name))?;
            }
        }
        if let Some(server) = self.server {
            let separator = if self.missing.is_empty() { "" } else { "; " };
            write!(f, "{separator}{SERVER_VAR} {server}")?;
        }
        Ok(())
    }
}

/// Returns where the user finds the value of a variable.
fn where_to_find(name: &str) -> &'static str {
    match name {
        SERVER_VAR => "https://platform.ringcentral.com unless your provider uses another address",
        CLIENT_ID_VAR => "the app's page in the RingCentral developer console",
        CLIENT_SECRET_VAR => "next to the client ID in the developer console",
        _ => "the user's JWT credential, created in the developer console",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(server: &str, rest: &str) -> Result<ClientConfig, ClientConfigError> {
        ClientConfig::from_env(|name| {
            Some(if name == SERVER_VAR { server } else { rest }.to_owned())
        })
    }

    #[test]
    fn missing_variables_are_listed_with_where_to_find_them() {
        let error = ClientConfig::from_env(|name| match name {
            CLIENT_ID_VAR => Some("app".to_owned()),
            JWT_VAR => Some(" \n".to_owned()),
            _ => None,
        })
        .unwrap_err()
        .to_string();
        assert_eq!(
            error,
            "not set in the environment: RC_SERVER_URL (https://platform.ringcentral.com unless \
             your provider uses another address), RC_APP_CLIENT_SECRET (next to the client ID in the \
             developer console), RC_USER_JWT (the user's JWT credential, created in the developer \
             console)"
        );
    }

    #[test]
    fn invalid_server_is_reported_without_its_value() {
        let error = read("pasted-secret", "").unwrap_err().to_string();
        assert!(error.contains("RC_USER_JWT"), "{error}");
        assert!(
            error.contains("; RC_SERVER_URL is not an http or https URL"),
            "{error}"
        );
        assert!(!error.contains("pasted-secret"), "{error}");
    }

    #[test]
    fn plain_http_is_allowed_only_for_loopback() {
        for server in [
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://[::1]:80",
            "http://localhost",
        ] {
            assert!(read(server, "x").is_ok(), "{server}");
        }
        for server in [
            "http://platform.ringcentral.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
        ] {
            let error = read(server, "x").unwrap_err();
            assert_eq!(error.server, Some(ServerUrlError::PlainHttp), "{server}");
        }
        assert!(read("https://platform.ringcentral.com/", "x").is_ok());
        assert!(read("ftp://127.0.0.1", "x").is_err());
        assert!(read("https://user:word@127.0.0.1", "x").is_err());
        assert!(read("https://127.0.0.1/?a=b", "x").is_err());
    }

    #[test]
    fn server_with_path_is_rejected() {
        for server in [
            "https://platform.ringcentral.com/restapi",
            "http://127.0.0.1:1/restapi/v1.0/",
            "https://platform.ringcentral.com//",
        ] {
            let error = read(server, "x").unwrap_err().to_string();
            let expected = "RC_SERVER_URL must not contain a path: use only the address, such as \
                        https://platform.ringcentral.com";
            assert_eq!(error, expected, "{server}");
        }
    }

    #[test]
    fn values_are_trimmed_and_secrets_are_redacted() {
        let mut config = read("https://platform.ringcentral.com", " hush-hush\n").unwrap();
        assert_eq!(config.client_id, "hush-hush");
        config.client_id = "app".to_owned();
        assert!(!format!("{config:?}").contains("hush"), "{config:?}");
    }
}
