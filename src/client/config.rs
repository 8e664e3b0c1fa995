//! Where the service is and who asks: from the environment alone.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::{Host, Url};

const SERVER: &str = "RC_SERVER_URL";
const CLIENT_ID: &str = "RC_APP_CLIENT_ID";
const CLIENT_SECRET: &str = "RC_APP_CLIENT_SECRET";
const JWT: &str = "RC_USER_JWT";

/// What it takes to reach an account. The variables' names are those of the vendor's samples \[docs\].
#[derive(Debug, Clone)]
pub struct Config {
    /// The server's base URL.
    pub server: Url,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: SecretString,
    /// The user's JWT credential, which signs in without a person.
    pub jwt: SecretString,
}

/// The environment does not say how to reach an account; every problem is named at once.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ConfigError {
    missing: Vec<&'static str>,
    server: Option<BadServer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BadServer {
    NoUrl,
    Credentials,
    Path,
    Suffix,
    PlainHttp,
}

impl Config {
    /// Reads the configuration; `var` looks a variable up.
    ///
    /// Space around a value is cut off, because secrets pasted into CI settings often end in a line
    /// break.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let mut missing = Vec::new();
        let mut read = |name: &'static str| {
            let value = var(name).unwrap_or_default().trim().to_owned();
            if value.is_empty() {
                missing.push(name);
            }
            value
        };
        let server = read(SERVER);
        let client_id = read(CLIENT_ID);
        let client_secret = SecretString::from(read(CLIENT_SECRET));
        let jwt = SecretString::from(read(JWT));

        let server = match server.as_str() {
            "" => Err(None),
            text => read_server(text).map_err(Some),
        };
        match server {
            Ok(server) if missing.is_empty() => Ok(Config {
                server,
                client_id,
                client_secret,
                jwt,
            }),
            other => Err(ConfigError {
                missing,
                server: other.err().flatten(),
            }),
        }
    }

    /// Whether the user's credential has the form of one: three parts of letters, digits, `-` and `_`
    /// with dots between.
    pub fn jwt_looks_right(&self) -> bool {
        let jwt = self.jwt.expose_secret();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let part = |part: &str| !part.is_empty() && part.chars().all(plain);
        jwt.split('.').count() == 3 && jwt.split('.').all(part)
    }

    /// Refuses a server that secrets must not be sent to, also where the fields were set by hand.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        check_server(&self.server).map_err(|server| ConfigError {
            missing: Vec::new(),
            server: Some(server),
        })
    }
}

fn read_server(text: &str) -> Result<Url, BadServer> {
    let url = Url::parse(text).map_err(|_| BadServer::NoUrl)?;
    check_server(&url)?;
    Ok(url)
}

fn check_server(url: &Url) -> Result<(), BadServer> {
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(BadServer::NoUrl);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadServer::Credentials);
    }
    if url.path() != "/" {
        return Err(BadServer::Path);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BadServer::Suffix);
    }
    if url.scheme() == "http" && !is_loopback(url) {
        return Err(BadServer::PlainHttp);
    }
    Ok(())
}

/// Whether a URL points at this very machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.missing.is_empty() {
            f.write_str("not set in the environment: ")?;
            for (index, name) in self.missing.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                write!(f, "{comma}{name} ({})", origin(name))?;
            }
        }
        if let Some(server) = self.server {
            let semicolon = if self.missing.is_empty() { "" } else { "; " };
            // The value is not repeated: people paste a secret into the wrong variable.
            write!(f, "{semicolon}{SERVER} {}", server.reason())?;
        }
        Ok(())
    }
}

impl BadServer {
    fn reason(self) -> &'static str {
        match self {
            BadServer::NoUrl => {
                "is not an http or https URL, such as https://platform.ringcentral.com"
            }
            BadServer::Credentials => "must not hold a user name or password",
            BadServer::Path => {
                "must not hold a path: write only the address, such as \
                 https://platform.ringcentral.com"
            }
            BadServer::Suffix => "must not hold a query or fragment",
            BadServer::PlainHttp => {
                "would send secrets unencrypted: use https (plain http is for this machine only)"
            }
        }
    }
}

/// Where a person finds the value.
fn origin(name: &str) -> &'static str {
    match name {
        SERVER => "https://platform.ringcentral.com unless your provider says otherwise",
        CLIENT_ID => "the app's page in the RingCentral developer console",
        CLIENT_SECRET => "beside the client id in the developer console",
        _ => "the user's JWT credential, made in the developer console",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(server: &str, rest: &str) -> Result<Config, ConfigError> {
        Config::from_env(|name| Some(if name == SERVER { server } else { rest }.to_owned()))
    }

    #[test]
    fn every_missing_variable_is_named_at_once_with_its_origin() {
        let error = Config::from_env(|name| match name {
            CLIENT_ID => Some("app".to_owned()),
            JWT => Some(" \n".to_owned()),
            _ => None,
        })
        .unwrap_err()
        .to_string();
        assert_eq!(
            error,
            "not set in the environment: RC_SERVER_URL (https://platform.ringcentral.com unless \
             your provider says otherwise), RC_APP_CLIENT_SECRET (beside the client id in the \
             developer console), RC_USER_JWT (the user's JWT credential, made in the developer \
             console)"
        );
    }

    #[test]
    fn a_bad_server_is_named_beside_what_is_missing_and_never_repeated() {
        let error = read("pasted-secret", "").unwrap_err().to_string();
        assert!(error.contains("RC_USER_JWT"), "{error}");
        assert!(
            error.contains("; RC_SERVER_URL is not an http or https URL"),
            "{error}"
        );
        assert!(!error.contains("pasted-secret"), "{error}");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
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
            assert_eq!(error.server, Some(BadServer::PlainHttp), "{server}");
        }
        assert!(read("https://platform.ringcentral.com/", "x").is_ok());
        assert!(read("ftp://127.0.0.1", "x").is_err());
        assert!(read("https://user:word@127.0.0.1", "x").is_err());
        assert!(read("https://127.0.0.1/?a=b", "x").is_err());
    }

    #[test]
    fn a_server_has_no_path() {
        for server in [
            "https://platform.ringcentral.com/restapi",
            "http://127.0.0.1:1/restapi/v1.0/",
            "https://platform.ringcentral.com//",
        ] {
            let error = read(server, "x").unwrap_err().to_string();
            let told = "RC_SERVER_URL must not hold a path: write only the address, such as \
                        https://platform.ringcentral.com";
            assert_eq!(error, told, "{server}");
        }
    }

    #[test]
    fn values_are_trimmed_and_secrets_are_not_shown() {
        let config = read("https://platform.ringcentral.com", " hush-hush\n").unwrap();
        assert_eq!(config.client_id, "hush-hush");
        let mut shown = config;
        shown.client_id = "app".to_owned();
        assert!(!format!("{shown:?}").contains("hush"), "{shown:?}");
    }
}
