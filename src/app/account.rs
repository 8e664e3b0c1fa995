//! Opens an account: the live one, or an embedded sandbox.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::error::RunError;
use super::state_dir;
use crate::client::{ApiClient, ClientConfig};
use crate::files::RepositoryRoot;
use crate::sandbox::{SandboxOptions, SandboxSeed, SandboxServer};

/// The permission that writing rules requires \[spec\].
const WRITE_PERMISSION: &str = "EditExtensions";

/// The name of the embedded sandbox where messages name the server.
pub(super) const SANDBOX_SERVER: &str = "the embedded sandbox";

/// An open account. Owns the embedded sandbox if there is one.
pub struct Account {
    client: ApiClient,
    server: String,
    jwt_is_well_formed: bool,
    sandbox: Option<SandboxServer>,
}

impl Account {
    /// Opens the account of the credentials. Sends no request yet.
    ///
    /// # Errors
    ///
    /// If the machine's certificates can't be loaded.
    pub fn connect(config: ClientConfig) -> Result<Self, RunError> {
        let server = config.server.origin().ascii_serialization();
        Ok(Account {
            jwt_is_well_formed: config.is_jwt_well_formed(),
            client: ApiClient::new(config)?,
            server,
            sandbox: None,
        })
    }

    /// Starts a sandbox server with the account in `sandbox/` of a repository, and opens it. The
    /// account's state is kept in `.callrules/sandbox.json` between runs.
    ///
    /// # Errors
    ///
    /// If the folder is missing or doesn't describe an account, or if no port is free.
    pub async fn sandbox(repository: &Path) -> Result<Self, RunError> {
        let folder = repository.join("sandbox");
        if !folder.exists() {
            return Err(RunError::new(format!(
                "`--sandbox` needs a folder {} that describes the account",
                folder.display()
            ))
            .hinted(
                "create one with `callrules init`, or add a file there that describes an account",
            ));
        }
        let root = RepositoryRoot::new(repository);
        let mut texts = Vec::new();
        for entry in root.list("sandbox") {
            let path = repository.join(&entry.path);
            let is_file = entry.kind.map(|kind| kind.is_file());
            let is_file = is_file.map_err(|error| RunError::file(&path, &error))?;
            let is_in_folder = path.parent() == Some(&folder);
            if is_file && is_in_folder && SandboxSeed::is_seed_file(&path) {
                let text = root
                    .read(&entry.path)
                    .and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
                let text = text.map_err(|error| RunError::file(&path, &error))?;
                texts.push((path.display().to_string(), text));
            }
        }
        let seed = SandboxSeed::from_texts(&folder, texts)?;
        let sandbox = SandboxServer::start(SandboxOptions {
            seed,
            state: Some(state_dir::entry_path(repository, "sandbox.json")?),
            ..SandboxOptions::default()
        })
        .await?;
        let variable = |name: &str| {
            let value = match name {
                "RC_SERVER_URL" => sandbox.url(),
                "RC_USER_JWT" => "sandbox.sandbox.sandbox".to_owned(),
                _ => "sandbox".to_owned(),
            };
            Some(value)
        };
        let client = ApiClient::new(ClientConfig::from_env(variable)?)?;
        Ok(Account {
            client,
            server: SANDBOX_SERVER.to_owned(),
            jwt_is_well_formed: true,
            sandbox: Some(sandbox),
        })
    }

    /// Returns the client that sends the requests.
    pub fn client(&self) -> &ApiClient {
        &self.client
    }

    /// Returns the URL of the API server, or the name of the embedded sandbox.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns whether the JWT credential has the form of one. It may still be rejected.
    pub fn is_jwt_well_formed(&self) -> bool {
        self.jwt_is_well_formed
    }

    /// Returns the number of API requests made so far.
    pub fn requests_made(&self) -> u64 {
        self.client.requests_made()
    }

    /// Returns the token that ends all work: requests in progress are finished, and nothing more
    /// is sent.
    pub fn cancellation_token(&self) -> CancellationToken {
        self.client.cancellation_token()
    }

    /// Signs in.
    ///
    /// # Errors
    ///
    /// If the credentials are rejected, or if the API app may not write rules.
    pub async fn check_write_permission(&self) -> Result<(), RunError> {
        let permissions = self.client.sign_in().await?;
        if permissions.is_some_and(|names| !names.iter().any(|name| name == WRITE_PERMISSION)) {
            return Err(RunError::new(format!(
                "the API app lacks the permission {WRITE_PERMISSION}, which changes need"
            ))
            .hinted(
                "add it to the API app in the developer console, then run the command again; \
                 `callrules doctor` checks permissions",
            ));
        }
        Ok(())
    }

    /// Stops the embedded sandbox, if there is one, after its last response.
    pub async fn close(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}
