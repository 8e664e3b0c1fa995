//! From the ids of a request path to what they name.

use super::account::Extension;
use super::answers::ApiError;
use super::store::Store;

impl Store {
    /// `~` or the account's own id; there is no other account here.
    pub(crate) fn check_account(&self, id: &str) -> Result<(), ApiError> {
        if id == "~" || id == self.account().account.id {
            return Ok(());
        }
        let message = "Resource for parameter [accountId] is not found";
        Err(ApiError::not_found(Some("accountId"), message))
    }

    /// Where in the account's extensions this one is.
    pub(crate) fn position(&self, account: &str, extension: &str) -> Result<usize, ApiError> {
        self.check_account(account)?;
        let message = "Resource for parameter [extensionId] is not found";
        let not_found = || ApiError::not_found(Some("extensionId"), message);
        self.account().position(extension).ok_or_else(not_found)
    }

    pub(crate) fn extension(&self, account: &str, extension: &str) -> Result<&Extension, ApiError> {
        let position = self.position(account, extension)?;
        Ok(&self.account().extensions[position])
    }

    /// An extension that has call handling rules, on an account with new call handling. \[spec\]
    pub(crate) fn user(&self, account: &str, extension: &str) -> Result<&Extension, ApiError> {
        let extension = self.extension(account, extension)?;
        if !self.account().account.new_call_handling {
            return Err(ApiError::unavailable(
                "New call handling is not available on this account",
            ));
        }
        if !extension.has_rules() {
            let message = format!(
                "Call handling rules are not available for type {}",
                extension.kind
            );
            return Err(ApiError::unavailable(message));
        }
        Ok(extension)
    }
}
