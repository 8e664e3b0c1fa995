//! Opens an account: the live one, or an embedded sandbox.

use super::error::Error;
use super::progress::{Progress, Screen};
use super::{Global, memory};
use crate::client::{Client, Config};
use crate::sandbox::{Options, Sandbox, Seed};

/// An open account. The sandbox, where there is one, lives as long.
pub(super) struct Account {
    pub(super) client: Client,
    /// Where it is, as people call it.
    pub(super) server: String,
    /// Whether the user's credential has the form of one.
    pub(super) jwt_looks_right: bool,
    sandbox: Option<Sandbox>,
    screen: Screen,
}

impl Account {
    /// Opens what the command line names.
    pub(super) async fn open(global: &Global) -> Result<Self, Error> {
        if !global.sandbox {
            let config = Config::from_env(|name| std::env::var(name).ok())?;
            let server = config.server.origin().ascii_serialization();
            let jwt_looks_right = config.jwt_looks_right();
            return Ok(Account {
                client: Client::new(config)?,
                server,
                jwt_looks_right,
                screen: global.screen.clone(),
                sandbox: None,
            });
        }
        let folder = global.directory.join("sandbox");
        if !folder.exists() {
            return Err(Error::NoSeed(folder.display().to_string()));
        }
        let seed = Seed::load(&folder)?;
        let memory = memory::folder(&global.directory)?;
        let sandbox = Sandbox::start(Options {
            seed,
            state: Some(memory.join("sandbox.json")),
            ..Options::default()
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
        let client = Client::new(Config::from_env(variable)?)?;
        Ok(Account {
            client,
            server: "the embedded sandbox".to_owned(),
            jwt_looks_right: true,
            screen: global.screen.clone(),
            sandbox: Some(sandbox),
        })
    }

    /// Begins a phase of so many steps, to be watched.
    pub(super) fn progress(&self, what: &'static str, steps: usize) -> Progress<'_> {
        self.screen.progress(what, steps, &self.client)
    }

    /// Closes the sandbox, where there is one, after its last answer.
    pub(super) async fn close(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}
