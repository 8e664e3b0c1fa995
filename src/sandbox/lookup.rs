//! Lookups of the resources that the ids in a request path name.

use super::account::SandboxExtension;
use super::response::SandboxApiError;
use super::store::AccountStore;

impl AccountStore {
    /// Rejects any account id other than `~` and the id of this account.
    pub(crate) fn check_account(&self, id: &str) -> Result<(), SandboxApiError> {
        if id == "~" || id == self.account().account.id {
            return Ok(());
        }
        let message = "Resource for parameter [accountId] is not found";
        Err(SandboxApiError::not_found(Some("accountId"), message))
    }

    /// Returns the index of an extension in the account's `extensions`.
    pub(crate) fn extension_index(
        &self,
        account: &str,
        extension: &str,
    ) -> Result<usize, SandboxApiError> {
        self.check_account(account)?;
        let message = "Resource for parameter [extensionId] is not found";
        let not_found = || SandboxApiError::not_found(Some("extensionId"), message);
        self.account()
            .extension_index(extension)
            .ok_or_else(not_found)
    }

    /// Returns the extension that a request path names.
    pub(crate) fn extension(
        &self,
        account: &str,
        extension: &str,
    ) -> Result<&SandboxExtension, SandboxApiError> {
        let index = self.extension_index(account, extension)?;
        Ok(&self.account().extensions[index])
    }

    /// Returns an extension that has call handling rules, on an account with new call handling.
    /// \[spec\]
    pub(crate) fn user(
        &self,
        account: &str,
        extension: &str,
    ) -> Result<&SandboxExtension, SandboxApiError> {
        let extension = self.extension(account, extension)?;
        if !self.account().account.new_call_handling {
            return Err(SandboxApiError::unavailable(
                "New call handling is not available on this account",
            ));
        }
        if !extension.has_rules() {
            let message = format!(
                "Call handling rules are not available for type {}",
                extension.kind
            );
            return Err(SandboxApiError::unavailable(message));
        }
        Ok(extension)
    }
}
