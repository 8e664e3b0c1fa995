//! Resolves users, queues and other extensions by number, name, e-mail address or id.

use super::FileResolver;
use super::closest_names::closest_names;
use crate::config::ConfigFinding;
use crate::config::types::UserFile;
use crate::diagnostic::DiagnosticCode;
use crate::model::{
    AccountExtension, ExtensionDirectory, ExtensionId, UserSelector, is_valid_name,
};
use crate::yaml::YamlPath;

/// Returns the owner of a file, if the directory has exactly one such user.
pub fn resolve_owner(file: &UserFile, directory: &ExtensionDirectory) -> Option<ExtensionId> {
    let (_, reference) = owner_reference(file)?;
    let owner = find_extension(&reference, directory, AccountExtension::has_rules).ok()?;
    owner.has_rules().then(|| owner.id.clone())
}

/// Returns the key and the value that identify the owner of a file. Ids get the prefix `id:`.
pub(super) fn owner_reference(file: &UserFile) -> Option<(&'static str, String)> {
    match file {
        UserFile {
            extension: Some(number),
            ..
        } => Some(("extension", number.0.clone())),
        UserFile {
            email: Some(email), ..
        } => Some(("email", email.0.clone())),
        UserFile { id: Some(id), .. } => Some(("id", format!("id:{}", id.0))),
        _ => None,
    }
}

/// Returns whether a selector matches the owner of a file, by the identifier in the file or by the
/// directory's data about the owner.
pub fn selector_matches(
    selector: &UserSelector,
    owner: Option<&ExtensionId>,
    file: &UserFile,
    directory: &ExtensionDirectory,
) -> bool {
    let matches_file = selector.matches_identity(
        file.id.as_ref().map(|id| id.0.as_str()),
        file.extension.as_ref().map(|number| number.0.as_str()),
        file.email.as_ref().map(|email| email.0.as_str()),
    );
    let extension = owner.and_then(|owner| directory.by_id(owner));
    matches_file || extension.is_some_and(|extension| selector.matches(extension))
}

/// Finds the extension with this name, number, e-mail address or `id:` form.
///
/// Several matches are narrowed down with `is_likely`: a queue can have its manager's e-mail
/// address.
///
/// # Errors
/// Returns the remaining matches if there is not exactly one.
pub(super) fn find_extension<'a>(
    name: &str,
    directory: &'a ExtensionDirectory,
    is_likely: impl Fn(&AccountExtension) -> bool,
) -> Result<&'a AccountExtension, Vec<&'a AccountExtension>> {
    let mut candidates: Vec<&AccountExtension> = match name.strip_prefix("id:") {
        Some(id) => directory
            .by_id(&ExtensionId(id.to_owned()))
            .into_iter()
            .collect(),
        None if name.contains('@') => directory.by_email(name),
        None if is_valid_name(name) => directory.by_name(name),
        None => directory.by_number(name),
    };
    if candidates.len() > 1 {
        candidates.retain(|extension| is_likely(extension));
    }
    match candidates[..] {
        [one] => Ok(one),
        _ => Err(candidates),
    }
}

impl FileResolver<'_> {
    /// Creates the finding for a name that matches no extension, or several.
    pub(super) fn extension_finding(
        &mut self,
        name: &str,
        candidates: &[&AccountExtension],
        at: &YamlPath,
    ) -> ConfigFinding {
        if candidates.is_empty() {
            let message = format!("there is no extension `{name}` on the account");
            let finding = ConfigFinding::new(DiagnosticCode::UnknownExtension, at.value(), message);
            return match &mut self.suggestions {
                Some(suggestions) => finding.with_help(suggestions.help(name, self.directory)),
                None => finding,
            };
        }
        let message = format!("`{name}` matches {} extensions", candidates.len());
        let labels: Vec<String> = candidates
            .iter()
            .map(|extension| describe_extension(extension))
            .collect();
        ConfigFinding::new(DiagnosticCode::AmbiguousExtension, at.value(), message)
            .with_help(format!("use the id of one of these: {}", labels.join(", ")))
    }
}

/// Adds help about the file to the finding for an owner that is unknown or ambiguous.
pub(super) fn with_owner_help(
    finding: ConfigFinding,
    candidates: &[&AccountExtension],
) -> ConfigFinding {
    let help = if candidates.is_empty() {
        let suggestion = finding.help.clone().unwrap_or_default();
        format!("if the user has left, delete the file; {suggestion}")
    } else {
        let ids: Vec<String> = candidates
            .iter()
            .map(|extension| format!("`id: \"{}\"` for {}", extension.id, extension.label()))
            .collect();
        format!("replace this line with {}", ids.join(", or "))
    };
    finding.with_help(help)
}

/// Formats an extension with number, name and id, such as `102 Priya Rao (id:63700001005)`. Without
/// an account, only the identifier from the file is known.
fn describe_extension(extension: &AccountExtension) -> String {
    if !extension.id.is_account_id() {
        return extension.label().to_owned();
    }
    let number = extension.number.as_deref().unwrap_or("no number");
    format!("{number} {} (id:{})", extension.name, extension.id)
}

/// Suggests up to three extensions for an unknown number, e-mail address, id or name. Returns
/// `None` if none is similar.
pub fn suggest_extension<'a>(
    name: &str,
    extensions: impl IntoIterator<Item = &'a AccountExtension>,
) -> Option<String> {
    let comparable_texts = |extension: &'a AccountExtension| -> Vec<String> {
        if name.starts_with("id:") {
            vec![extension.id.0.clone()]
        } else if name.contains('@') {
            extension.email.iter().cloned().collect()
        } else if name.contains(char::is_alphabetic) {
            name_and_words(&extension.name)
        } else {
            extension.number.iter().cloned().collect()
        }
    };
    // Wildcards of a pattern are not compared.
    let wanted = name
        .strip_prefix("id:")
        .unwrap_or(name)
        .replace(['*', '?'], "");
    let named = extensions.into_iter().flat_map(|extension| {
        let texts = comparable_texts(extension).into_iter();
        texts.map(move |text| (text, extension))
    });
    let closest: Vec<String> = closest_names(wanted.trim(), named)
        .into_iter()
        .map(describe_extension)
        .collect();
    (!closest.is_empty()).then(|| format!("did you mean {}?", closest.join(" or ")))
}

/// Returns each word of a name, and the whole name.
fn name_and_words(name: &str) -> Vec<String> {
    let words = name.split_whitespace().chain([name.trim()]);
    words.map(str::to_owned).collect()
}
