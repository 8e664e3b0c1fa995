//! Opens an account: the live one, or an embedded sandbox.

use super::error::CommandError;
use super::progress::{PhaseProgress, ProgressRoot};
use super::{GlobalArgs, state_dir};
use crate::client::{ApiClient, ClientConfig};
use crate::sandbox::{SandboxOptions, SandboxSeed, SandboxServer};

/// An open account. Owns the embedded sandbox if there is one.
pub(super) struct AccountSession {
    pub(super) client: ApiClient,
    /// The URL of the API server, or the name of the embedded sandbox.
    pub(super) server: String,
    /// Whether the JWT credential is well-formed.
    pub(super) jwt_is_well_formed: bool,
    sandbox: Option<SandboxServer>,
    progress_root: ProgressRoot,
}

impl AccountSession {
    /// Opens the account that the command line and the environment select.
    pub(super) async fn open(global: &GlobalArgs) -> Result<Self, CommandError> {
        if !global.sandbox {
            let config = ClientConfig::from_env(|name| std::env::var(name).ok())?;
            let server = config.server.origin().ascii_serialization();
            let jwt_is_well_formed = config.is_jwt_well_formed();
            return Ok(AccountSession {
                client: ApiClient::new(config)?,
                server,
                jwt_is_well_formed,
                progress_root: global.progress_root.clone(),
                sandbox: None,
            });
        }
        let folder = global.directory.join("sandbox");
        if !folder.exists() {
            return Err(CommandError::MissingSandboxSeed(
                folder.display().to_string(),
            ));
        }
        let seed = SandboxSeed::load(&folder)?;
        let state_folder = state_dir::ensure(&global.directory)?;
        let sandbox = SandboxServer::start(SandboxOptions {
            seed,
            state: Some(state_folder.join("sandbox.json")),
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
        Ok(AccountSession {
            client,
            server: "the embedded sandbox".to_owned(),
            jwt_is_well_formed: true,
            progress_root: global.progress_root.clone(),
            sandbox: Some(sandbox),
        })
    }

    /// Starts the progress display of a phase.
    pub(super) fn start_progress(&self, label: &'static str, steps: usize) -> PhaseProgress<'_> {
        self.progress_root.start_phase(label, steps, &self.client)
    }

    /// Stops the embedded sandbox, if there is one, after its last response.
    pub(super) async fn close(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}
