//! Looks up extensions, standard greetings and devices by number, name, e-mail address or id.

use std::collections::{BTreeSet, HashMap};

use super::FileResolver;
use crate::config::suggestions::closest_names;
use crate::config::types::{DeviceRef, UserFile, is_id};
use crate::config::{ConfigFinding, ReferencedFiles};
use crate::diagnostic::DiagnosticCode;
use crate::model::{
    AccountExtension, ExtensionDirectory, ExtensionId, NameIndex, NameListKey, NamedResource,
    UserSelector, find_by_name, is_valid_name,
};
use crate::yaml::YamlPath;

/// Returns the owner of a file, if the directory has exactly one such user.
pub fn resolve_owner(file: &UserFile, directory: &ExtensionDirectory) -> Option<ExtensionId> {
    let (_, reference) = file.owner_reference()?;
    let owner = find_extension(&reference, directory, AccountExtension::has_rules).ok()?;
    owner.has_rules().then(|| owner.id.clone())
}

/// Returns whether a selector matches the owner of a file, by the identifier in the file or by the
/// directory's data about the owner.
pub fn selector_matches(
    selector: &UserSelector,
    owner: Option<&ExtensionId>,
    file: &UserFile,
    directory: &ExtensionDirectory,
) -> bool {
    let extension = owner.and_then(|owner| directory.by_id(owner));
    file.is_selected_by(selector) || extension.is_some_and(|extension| selector.matches(extension))
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
            let message = format!("there is no user or queue `{name}` on the account");
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

/// Returns the finding for a number or e-mail address in a file that belongs to another user than
/// the id in the file: nothing is given to that user, and nothing of theirs is deleted.
pub(super) fn reassignment_finding(
    file: &UserFile,
    owner: &AccountExtension,
    directory: &ExtensionDirectory,
    top: &YamlPath,
) -> Option<ConfigFinding> {
    file.id.as_ref()?;
    let (key, reference) = file.changeable_reference()?;
    let is_owner = |extension: &&AccountExtension| extension.id == owner.id;
    let holders = match key {
        "email" => directory.by_email(&reference),
        _ => directory.by_number(&reference),
    };
    if holders.iter().any(is_owner) {
        return None;
    }
    let now = match &holders[..] {
        [] => "no user has it now".to_owned(),
        [other, ..] => format!("it belongs to {} (id {})", other.label(), other.id),
    };
    let owner_now = match (key, &owner.number, &owner.email) {
        ("email", _, Some(email)) => format!("`email: {email}`"),
        (_, Some(number), _) => format!("`extension: \"{number}\"`"),
        _ => format!("only `id: \"{}\"`", owner.id),
    };
    let message = format!(
        "`{reference}` is not {} (id {}) any more: {now}",
        owner.label(),
        owner.id
    );
    let finding = ConfigFinding::new(
        DiagnosticCode::UnknownExtension,
        top.key(key).value(),
        message,
    );
    Some(finding.with_help(format!(
        "if the file is for {}, write {owner_now}; if it is for the new holder, write their id",
        owner.label()
    )))
}

/// Changes the finding for an id that is not on the account: the user has left. Adds who has the
/// number in the file now.
pub(super) fn with_present_owner(
    mut finding: ConfigFinding,
    file: &UserFile,
    directory: &ExtensionDirectory,
) -> ConfigFinding {
    let Some(id) = &file.id else {
        return finding;
    };
    finding.message = format!("the user with the id {} is no longer on the account", id.0);
    let holder = file
        .changeable_reference()
        .and_then(|(_, reference)| find_extension(&reference, directory, |_| true).ok());
    finding.help = None;
    match holder {
        Some(holder) => finding
            .with_label(format!(
                "{} belongs to {} (id {}) now",
                holder.number.as_deref().unwrap_or("the address"),
                holder.label(),
                holder.id
            ))
            .with_help(format!(
                "if these rules are for {} from now on, write `id: \"{}\"`",
                holder.label(),
                holder.id
            )),
        None => finding,
    }
}

/// Adds help about the file to the finding for an owner that is unknown or ambiguous.
pub(super) fn with_owner_help(
    finding: ConfigFinding,
    candidates: &[&AccountExtension],
) -> ConfigFinding {
    let help = if candidates.is_empty() {
        let delete = "if the user has left, delete the file";
        match &finding.help {
            Some(suggestion) => format!("{delete}; {suggestion}"),
            None => delete.to_owned(),
        }
    } else {
        let ids: Vec<String> = candidates
            .iter()
            .map(|extension| format!("`id: \"{}\"` for {}", extension.id, extension.label()))
            .collect();
        format!("replace this line with {}", ids.join(", or "))
    };
    finding.with_help(help)
}

/// Adds help about a target to the finding for an extension that is unknown.
pub(super) fn with_target_help(
    finding: ConfigFinding,
    candidates: &[&AccountExtension],
) -> ConfigFinding {
    match &finding.help {
        Some(suggestion) if candidates.is_empty() => {
            let help = format!("if the user has left, remove them here; {suggestion}");
            finding.with_help(help)
        }
        _ => finding,
    }
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
    let pattern = name
        .strip_prefix("id:")
        .unwrap_or(name)
        .replace(['*', '?'], "");
    let texts = extensions.into_iter().flat_map(|extension| {
        let own_texts = comparable_texts(extension).into_iter();
        own_texts.map(move |text| (text, extension))
    });
    let closest: Vec<String> = closest_names(pattern.trim(), texts)
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

/// A cache of the help text for each unknown name. Each search compares the whole directory.
#[derive(Debug, Default)]
pub(super) struct Suggestions(HashMap<String, String>);

/// The maximum number of searches. More unknown names usually have a common cause, such as the
/// wrong account.
const MAX_SUGGESTIONS: usize = 30;

impl Suggestions {
    /// Returns the help text for an unknown name.
    pub(super) fn help(&mut self, name: &str, directory: &ExtensionDirectory) -> String {
        if let Some(help) = self.0.get(name) {
            return help.clone();
        }
        if self.0.len() == MAX_SUGGESTIONS {
            return "no suggestions, because too many names are unknown: fix the others first"
                .to_owned();
        }
        let help = suggest_extension(name, directory.extensions()).unwrap_or_else(|| {
            let count = directory.extensions().len();
            format!("none of the account's {count} users and queues is similar")
        });
        self.0.insert(name.to_owned(), help.clone());
        help
    }
}

/// Returns the lists of greetings and devices that a file needs to be resolved. A file that uses
/// only ids needs none.
pub fn name_lists(
    file: &UserFile,
    shared: &ReferencedFiles,
    directory: &ExtensionDirectory,
) -> BTreeSet<NameListKey> {
    let empty_index = NameIndex::default();
    let mut resolver = FileResolver::new(shared, directory, &empty_index, None);
    resolver.owner = resolve_owner(file, directory);
    resolver.resolve_dispatchings(file);
    resolver.missing_lists.into_keys().collect()
}

impl FileResolver<'_> {
    /// Resolves a device of an extension. If the owner is unknown, that is already reported, and
    /// the text is returned unchanged.
    pub(super) fn resolve_device(
        &mut self,
        device: &DeviceRef,
        owner: Option<&ExtensionId>,
        at: &YamlPath,
    ) -> String {
        match owner.filter(|owner| self.directory.by_id(owner).is_some()) {
            Some(owner) => {
                self.resolve_named_id(&device.0, NameListKey::Devices(owner.clone()), at)
            }
            None => device.0.clone(),
        }
    }

    /// Resolves an id, or a name in a list, to its id.
    pub(super) fn resolve_named_id(
        &mut self,
        text: &str,
        list: NameListKey,
        at: &YamlPath,
    ) -> String {
        if is_id(text) {
            return text.to_owned();
        }
        let list_name = match &list {
            NameListKey::Greetings(usage) => {
                format!("the standard greetings for `{}`", usage.as_str())
            }
            NameListKey::Devices(owner) => {
                let owner = self
                    .directory
                    .by_id(owner)
                    .map_or("", AccountExtension::label);
                format!("the devices of {owner}")
            }
        };
        let Some(all) = self.name_index.get(&list) else {
            let message = format!("{list_name} were not read from the account");
            let finding = ConfigFinding::new(DiagnosticCode::UnknownName, at.value(), message);
            self.findings.push(finding);
            self.missing_lists
                .entry(list)
                .or_default()
                .push(text.to_owned());
            return String::new();
        };
        let finding = match find_by_name(all, text, |named| &named.name)[..] {
            [one] => return one.id.clone(),
            [] => {
                let message = format!("`{text}` is not among {list_name}");
                let finding = ConfigFinding::new(DiagnosticCode::UnknownName, at.value(), message);
                finding.with_help(similar_names(text, all))
            }
            ref several => {
                let count = several.len();
                let message = format!("`{text}` matches {count} of {list_name}");
                let finding =
                    ConfigFinding::new(DiagnosticCode::AmbiguousName, at.value(), message);
                finding.with_help(format!(
                    "use the id of one of these: {}",
                    describe_named(several, ", ")
                ))
            }
        };
        self.findings.push(finding);
        // Findings discard the result, so this value is never used.
        String::new()
    }
}

/// Returns a suggestion from the list: the closest names, or all names of a short list.
fn similar_names(name: &str, all: &[NamedResource]) -> String {
    const MAX_LISTED: usize = 8;
    let closest = closest_names(name, all.iter().map(|named| (named.name.clone(), named)));
    if !closest.is_empty() {
        return format!("did you mean {}?", describe_named(&closest, " or "));
    }
    match all {
        [] => "the account has none".to_owned(),
        _ if all.len() <= MAX_LISTED => {
            let listed: Vec<&NamedResource> = all.iter().collect();
            format!("available: {}", describe_named(&listed, ", "))
        }
        _ => format!("none of the {} available names is similar", all.len()),
    }
}

/// Formats greetings or devices with their ids, such as `Acoustic (66310), Beautiful (66311)`.
fn describe_named(resources: &[&NamedResource], separator: &str) -> String {
    let labels: Vec<String> = resources
        .iter()
        .map(|NamedResource { id, name }| format!("{name} ({id})").trim().to_owned())
        .collect();
    labels.join(separator)
}
