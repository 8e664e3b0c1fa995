//! The two traits of the engine, and the account's directory.

use serde_json::Value;

use super::courier::{Call, Payload};
use super::endpoints::Verb;
use super::errors::Error;
use super::{Client, names, paging, rules};
use crate::engine::account::{Method, Read, Request, Write, is_segment};
use crate::model::{Directory, Extension, ExtensionId, GreetingPlace, Named};
use crate::wire::{InteractionRule, StateRule};

/// `~` stands for the account of the credentials \[spec\].
const ACCOUNT: &str = "/restapi/v1.0/account/~";

/// Extensions of all types, because calls are sent to queues and menus as well.
const EXTENSIONS: &str = "/restapi/v1.0/account/~/extension";

impl Read for Client {
    type Error = Error;

    async fn account_id(&self) -> Result<String, Error> {
        let answer = self.get(ACCOUNT).await?;
        id(&answer).ok_or_else(|| malformed(ACCOUNT, "it has no `id`"))
    }

    async fn directory(&self) -> Result<Directory, Error> {
        let records = paging::list(self, EXTENSIONS).await?;
        let extensions: Option<Vec<Extension>> = records.iter().map(extension).collect();
        let extensions = extensions.ok_or_else(|| malformed(EXTENSIONS, "a record has no `id`"))?;
        Ok(Directory::new(extensions))
    }

    async fn greetings(&self, place: GreetingPlace) -> Result<Vec<Named>, Error> {
        names::greetings(self, place).await
    }

    async fn devices(&self, owner: &ExtensionId) -> Result<Vec<Named>, Error> {
        names::devices(self, owner).await
    }

    async fn interaction_rules(&self, user: &ExtensionId) -> Result<Vec<InteractionRule>, Error> {
        rules::interaction_rules(self, user).await
    }

    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRule>, Error> {
        rules::state_rules(self, user).await
    }
}

impl Write for Client {
    type Error = Error;

    async fn send(&self, request: &Request) -> Result<Option<Value>, Error> {
        check_path(&request.path)?;
        let verb = match request.method {
            Method::Post => Verb::Post,
            Method::Patch => Verb::Patch,
            Method::Delete => Verb::Delete,
        };
        let call = Call {
            verb,
            path: &request.path,
            payload: request
                .body
                .as_ref()
                .map_or(Payload::Nothing, Payload::Json),
            // An update replaces the whole resource [docs]; a second create makes a second rule.
            repeatable: verb != Verb::Post,
        };
        self.call(&call).await
    }

    fn is_unclear(error: &Error) -> bool {
        error.is_unclear()
    }

    fn is_stop(error: &Error) -> bool {
        error.is_stop()
    }

    fn is_shut(error: &Error) -> bool {
        error.is_shut()
    }

    async fn wait_to_look(&self, error: &Error, looks: u32) -> bool {
        let may_still_land = error.may_still_land();
        let Some(pause) = self.patience.before_look(looks, may_still_land) else {
            return false;
        };
        self.courier.gate().pause(pause).await;
        true
    }

    fn may_still_land(error: &Error) -> bool {
        error.may_still_land()
    }

    async fn wait_for_the_late(&self) {
        let span = self.patience.landing;
        let seconds = span.as_secs();
        tracing::info!(seconds, "waiting for creates that may be carried out late");
        self.courier.gate().pause(span).await;
    }
}

impl Client {
    /// Reads one resource.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Error> {
        check_path(path)?;
        let call = Call {
            verb: Verb::Get,
            path,
            payload: Payload::Nothing,
            repeatable: true,
        };
        Ok(self.call(&call).await?.unwrap_or_default())
    }
}

/// Refuses paths that would lead elsewhere: plans and journals are files that people may edit, and
/// ids come from them and from the service.
pub(super) fn check_path(path: &str) -> Result<(), Error> {
    match path.strip_prefix("/restapi/") {
        Some(rest) if rest.split('/').all(is_segment) => Ok(()),
        _ => Err(Error::BadPath {
            path: path.escape_default().to_string(),
        }),
    }
}

pub(super) fn malformed(path: &str, reason: &str) -> Error {
    Error::Malformed {
        target: super::Target {
            method: Verb::Get.as_str(),
            path: path.to_owned(),
        },
        reason: reason.to_owned(),
    }
}

/// An id as text: version 1.0 gives numbers, version 2 strings \[spec\].
pub(super) fn id(record: &Value) -> Option<String> {
    match record.get("id")? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// A record of the directory; none without an id.
fn extension(record: &Value) -> Option<Extension> {
    let text = |pointer: &str| {
        let text = record.pointer(pointer).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Some(Extension {
        id: ExtensionId(id(record)?),
        number: text("/extensionNumber"),
        name: text("/name").unwrap_or_default(),
        email: text("/contact/email"),
        kind: text("/type").unwrap_or_default(),
        status: text("/status").unwrap_or_default(),
        time_zone: text("/regionalSettings/timezone/name"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_stay_inside_the_api() {
        for good in [
            ACCOUNT,
            EXTENSIONS,
            "/restapi/v2/accounts/~/extensions/1/x/a-b_c=:1",
        ] {
            assert!(check_path(good).is_ok(), "{good}");
        }
        for bad in [
            "https://elsewhere.example/restapi/x",
            "//elsewhere.example/restapi/x",
            "/restapi/../oauth/token",
            "/restapi/v2//x",
            "/restapi/v2/%2e%2e/x",
            "/restapi/v2/x?apply=true",
            "/restapi/v2/a b",
            "/restapi/",
            "",
        ] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_technical_extension_may_have_next_to_nothing() {
        let bare = extension(&json!({"id": 7, "extensionNumber": "", "contact": {}})).unwrap();
        assert_eq!(bare.id, ExtensionId("7".to_owned()));
        assert_eq!(
            (bare.number, bare.email, bare.time_zone),
            (None, None, None)
        );
        assert!(extension(&json!({"name": "nobody"})).is_none());
    }
}
