//! A user's rules.

use serde_json::Value;

use super::account::{check_path, malformed};
use super::errors::Error;
use super::{Client, paging};
use crate::model::ExtensionId;
use crate::wire::{InteractionRule, Malformed, StateRule};

/// The user's interaction rules, each complete.
///
/// The list is documented as complete, but records without their dispatching were seen on real
/// accounts, where the single rule had it \[field\]. Only those cost another request.
pub(super) async fn interaction_rules(
    client: &Client,
    user: &ExtensionId,
) -> Result<Vec<InteractionRule>, Error> {
    let path = path(user, "interaction-rules");
    check_path(&path)?;
    let records = match paging::list(client, &path).await {
        // An extension whose states were never materialised is "not found" until its state rules
        // have been read once [field]. One that does not exist fails again in here.
        Err(error) if error.code() == Some("CMN-102") => {
            tracing::debug!(%user, "reading the state rules first: no states yet");
            paging::list(client, &self::path(user, "state-rules")).await?;
            paging::list(client, &path).await?
        }
        other => other?,
    };
    let mut rules = Vec::with_capacity(records.len());
    for record in records {
        let rule = rule(record, &path)?;
        if rule.has_dispatching() {
            rules.push(rule);
        } else {
            rules.extend(complete(client, &path, &rule.id).await?);
        }
    }
    Ok(rules)
}

/// The rule by its id; none if it was deleted since the list was read.
async fn complete(client: &Client, list: &str, id: &str) -> Result<Option<InteractionRule>, Error> {
    let path = format!("{list}/{id}");
    let record = match client.get(&path).await {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let rule = rule(record, &path)?;
    if rule.has_dispatching() {
        Ok(Some(rule))
    } else {
        Err(malformed(&path, "it has no `dispatching`"))
    }
}

/// The user's state rules. The list embeds each state with its schedule \[docs\].
pub(super) async fn state_rules(
    client: &Client,
    user: &ExtensionId,
) -> Result<Vec<StateRule>, Error> {
    let path = path(user, "state-rules");
    check_path(&path)?;
    let state_rule = |record: Value, path: &str| {
        StateRule::try_from(record).map_err(|error| unusable(path, &error))
    };
    let mut rules = Vec::new();
    for record in paging::list(client, &path).await? {
        let rule = state_rule(record, &path)?;
        if rule.has_dispatching() {
            rules.push(rule);
        } else {
            // As with interaction rules: the single rule has what the list may lack.
            let path = format!("{path}/{}", rule.id);
            rules.push(state_rule(client.get(&path).await?, &path)?);
        }
    }
    Ok(rules)
}

fn path(user: &ExtensionId, resource: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/{resource}")
}

fn rule(record: Value, path: &str) -> Result<InteractionRule, Error> {
    InteractionRule::try_from(record).map_err(|error| unusable(path, &error))
}

fn unusable(path: &str, error: &Malformed) -> Error {
    malformed(path, &error.to_string())
}
