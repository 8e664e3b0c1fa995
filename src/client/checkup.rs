//! What the service tells beside its answers: for whoever looks after the connection.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::courier::{Call, Payload};
use super::endpoints::Verb;
use super::errors::Error;
use super::limits::Limit;
use super::{Client, account};

/// `~` stands for the user who signs in \[spec\].
const FEATURES: &str = "/restapi/v1.0/account/~/extension/~/features";
const NEW_CALL_HANDLING: &str = "NewCallHandlingAndForwarding";

impl Client {
    /// Signs in, unless that was done; gives the app's permissions, where the service tells them.
    pub async fn sign_in(&self) -> Result<Option<Vec<String>>, Error> {
        let token = self.auth.token(&self.courier).await?;
        Ok(token.permissions().map(<[String]>::to_vec))
    }

    /// Whether the account is on new call handling, without which there are no rules to read.
    pub async fn has_new_call_handling(&self) -> Result<bool, Error> {
        let call = Call {
            verb: Verb::Get,
            path: FEATURES,
            payload: Payload::Query(vec![("featureId", NEW_CALL_HANDLING.to_owned())]),
            repeatable: true,
        };
        let answer = self.call(&call).await?.unwrap_or_default();
        is_on(&answer).ok_or_else(|| account::malformed(FEATURES, "it has no list of features"))
    }

    /// By how much the server's clock was ahead of ours when it last answered.
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        self.courier.skew()
    }

    /// The time now by the server's clock, to the second and never ahead of it; none before it has told the time.
    pub fn server_time(&self) -> Option<Timestamp> {
        let now = Timestamp::now().checked_add(self.courier.skew()?).ok()?;
        Timestamp::from_second(now.as_second()).ok()
    }

    /// The rate limits that the service has told until now, by group.
    pub fn limits(&self) -> Vec<Limit> {
        self.courier.gate().told()
    }

    /// Whether the service cannot be reached, and is waited for.
    pub fn is_away(&self) -> bool {
        self.courier.gate().is_away()
    }

    /// How long nothing will be sent because of a rate limit, from now on.
    pub fn waits(&self) -> Option<Duration> {
        self.courier.gate().wait()
    }
}

/// What the list of features says; none where it is no such list.
fn is_on(features: &Value) -> Option<bool> {
    let mut records = features.get("records")?.as_array()?.iter();
    let feature = records.find(|record| record["id"] == NEW_CALL_HANDLING);
    let params = feature.and_then(|feature| feature["params"].as_array());
    let is_backend = |param: &&Value| param["name"] == "isNewBackendAvailable";
    let param = params.and_then(|params| params.iter().find(is_backend));
    // A text in every example; a plain boolean would mean the same.
    let is_true = |param: &Value| param["value"] == "true" || param["value"] == true;
    Some(param.is_some_and(is_true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_call_handling_is_on_where_its_parameter_says_so() {
        let answer = |value: &str| {
            json!({"records": [
                {"id": "Other", "available": true},
                {"id": NEW_CALL_HANDLING, "available": true,
                 "params": [{"name": "isNewBackendAvailable", "value": value}]},
            ]})
        };
        assert_eq!(is_on(&answer("true")), Some(true));
        assert_eq!(is_on(&answer("false")), Some(false));
        assert_eq!(is_on(&json!({"records": []})), Some(false));
        assert_eq!(is_on(&json!("maintenance")), None);
    }
}
