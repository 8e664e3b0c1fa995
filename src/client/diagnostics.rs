//! What the client knows about the connection beyond the rules: permissions, features, clock and
//! rate limits.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::ApiClient;
use super::errors::ClientError;
use super::rate_limit::ObservedRateLimit;
use super::request::ApiRequest;

/// The path of the features of the signed-in user, whom RingCentral calls `~` \[spec\].
const FEATURES_PATH: &str = "/restapi/v1.0/account/~/extension/~/features";
const NEW_CALL_HANDLING: &str = "NewCallHandlingAndForwarding";

impl ApiClient {
    /// Signs in if necessary; returns the permissions of the API app, if RingCentral lists them.
    pub async fn sign_in(&self) -> Result<Option<Vec<String>>, ClientError> {
        let token = self.token_manager.token(&self.transport).await?;
        Ok(token.permissions().map(<[String]>::to_vec))
    }

    /// Returns whether the account uses new call handling, without which it has no interaction
    /// rules.
    pub async fn has_new_call_handling(&self) -> Result<bool, ClientError> {
        let query = vec![("featureId", NEW_CALL_HANDLING.to_owned())];
        let request = ApiRequest::get(FEATURES_PATH, query);
        let response = self.send_request(&request).await?.unwrap_or_default();
        is_new_call_handling_available(&response)
            .ok_or_else(|| ClientError::malformed_response(FEATURES_PATH, "no list of features"))
    }

    /// Returns how far the clock of the server was ahead of the local clock at the last response.
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        self.transport.clock_skew()
    }

    /// Returns the current time by the clock of the server, rounded down to the second, or `None`
    /// before the first response with a date.
    pub fn server_time(&self) -> Option<Timestamp> {
        let now = Timestamp::now()
            .checked_add(self.transport.clock_skew()?)
            .ok()?;
        Timestamp::from_second(now.as_second()).ok()
    }

    /// Returns the rate limits that RingCentral has reported so far, by group.
    pub fn observed_rate_limits(&self) -> Vec<ObservedRateLimit> {
        self.transport.rate_limiter().known_limits()
    }

    /// Returns whether RingCentral is unreachable and the client waits for it.
    pub fn is_unreachable(&self) -> bool {
        self.transport.rate_limiter().is_unreachable()
    }

    /// Returns how long writes have been waiting for a locked account, if they wait now.
    pub fn locked_for(&self) -> Option<Duration> {
        self.transport.rate_limiter().locked_for()
    }

    /// Sets how long writes wait for a locked account.
    pub fn set_lock_timeout(&self, timeout: Duration) {
        self.transport.rate_limiter().set_lock_timeout(timeout);
    }

    /// Returns how long the client will send nothing because of a rate limit.
    pub fn rate_limit_wait(&self) -> Option<Duration> {
        self.transport.rate_limiter().time_until_next_send()
    }
}

/// Returns whether the features include new call handling, or `None` for an invalid response.
///
/// The response is a list of features or a single one \[docs\].
fn is_new_call_handling_available(features: &Value) -> Option<bool> {
    let is_feature = |record: &&Value| record["id"] == NEW_CALL_HANDLING;
    let feature = match features.get("records") {
        Some(records) => records.as_array()?.iter().find(is_feature),
        None => Some(Some(features).filter(is_feature)?),
    };
    let params = feature.and_then(|feature| feature["params"].as_array());
    let is_backend = |param: &&Value| param["name"] == "isNewBackendAvailable";
    let param = params.and_then(|params| params.iter().find(is_backend));
    // The value is a string in every example; a boolean would mean the same.
    let is_true = |param: &Value| param["value"] == "true" || param["value"] == true;
    Some(param.is_some_and(is_true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_call_handling_is_on_if_its_parameter_is_true() {
        let features = |value: &str| {
            json!({"records": [
                {"id": "Other", "available": true},
                {"id": NEW_CALL_HANDLING, "available": true,
                 "params": [{"name": "isNewBackendAvailable", "value": value}]},
            ]})
        };
        assert_eq!(
            is_new_call_handling_available(&features("true")),
            Some(true)
        );
        assert_eq!(
            is_new_call_handling_available(&features("false")),
            Some(false)
        );
        assert_eq!(
            is_new_call_handling_available(&json!({"records": []})),
            Some(false)
        );
        let single_feature = features("true")["records"][1].take();
        assert_eq!(is_new_call_handling_available(&single_feature), Some(true));
        assert_eq!(is_new_call_handling_available(&json!("maintenance")), None);
    }
}
