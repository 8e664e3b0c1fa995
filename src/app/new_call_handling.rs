//! Explains why no user can be read: the account was not moved to new call handling.

use super::error::RunError;
use crate::client::{ApiClient, ClientError};

/// Returns the error of an account that does not have the rules that callrules manages, if that is
/// why RingCentral refused to read any user. Asks the account only in that case.
///
/// Accounts that were not moved yet answer the lists of rules with errors of different kinds
/// \[field\].
pub(super) async fn explain_refusals<'e>(
    client: &ApiClient,
    users_read: usize,
    errors: impl IntoIterator<Item = &'e ClientError>,
) -> Option<RunError> {
    let mut errors = errors.into_iter().peekable();
    let is_refused = errors.peek().is_some() && errors.all(|error| error.code().is_some());
    if users_read > 0 || !is_refused || !matches!(client.has_new_call_handling().await, Ok(false)) {
        return None;
    }
    let message = "the account has not been moved to new call handling, so it does not have the \
                   rules that callrules manages";
    Some(RunError::new(message).hinted(
        "ask RingCentral to move the account to new call handling and forwarding; \
         `callrules doctor` shows whether that is done",
    ))
}
