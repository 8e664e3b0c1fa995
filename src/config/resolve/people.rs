//! Who is meant: users, queues and other extensions by number, name, e-mail address or id.

use super::Resolver;
use crate::config::Finding;
use crate::config::types::UserFile;
use crate::diagnostic::Code;
use crate::model::{Directory, Extension, ExtensionId, Selector, is_name};
use crate::yaml::Path;

/// Whose file this is, where the account knows exactly one such user.
pub fn identify(file: &UserFile, directory: &Directory) -> Option<ExtensionId> {
    let (_, name) = owner(file)?;
    let owner = find(&name, directory, Extension::has_rules).ok()?;
    owner.has_rules().then(|| owner.id.clone())
}

/// The key by which a file says whose it is, and who that is.
pub(super) fn owner(file: &UserFile) -> Option<(&'static str, String)> {
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

/// Whether a selector names the owner of a file: by what the file says, or by what the account knows.
pub fn names(
    selector: &Selector,
    owner: Option<&ExtensionId>,
    file: &UserFile,
    directory: &Directory,
) -> bool {
    let says = selector.is_of(
        file.id.as_ref().map(|id| id.0.as_str()),
        file.extension.as_ref().map(|number| number.0.as_str()),
        file.email.as_ref().map(|email| email.0.as_str()),
    );
    let known = owner.and_then(|owner| directory.by_id(owner));
    says || known.is_some_and(|owner| selector.names(owner))
}

/// The one extension of that name, else all of them. Of several, only the likely ones count: a queue
/// may have its manager's address.
pub(super) fn find<'a>(
    name: &str,
    directory: &'a Directory,
    is_likely: impl Fn(&Extension) -> bool,
) -> Result<&'a Extension, Vec<&'a Extension>> {
    let mut candidates: Vec<&Extension> = match name.strip_prefix("id:") {
        Some(id) => directory
            .by_id(&ExtensionId(id.to_owned()))
            .into_iter()
            .collect(),
        None if name.contains('@') => directory.by_email(name),
        None if is_name(name) => directory.by_name(name),
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

impl Resolver<'_> {
    /// That a name is nobody's, or that of several.
    pub(super) fn not_one(&mut self, name: &str, found: &[&Extension], at: &Path) -> Finding {
        if found.is_empty() {
            let message = format!("nobody on the account is `{name}`");
            let finding = Finding::new(Code::UnknownPerson, at.value(), message);
            return match &mut self.likely {
                Some(likely) => finding.help(likely.help(name, self.directory)),
                None => finding,
            };
        }
        let message = format!("`{name}` is the name of {}", found.len());
        let all: Vec<String> = found.iter().map(|e| introduce(e)).collect();
        Finding::new(Code::AmbiguousPerson, at.value(), message)
            .help(format!("say which one by its id: {}", all.join(", ")))
    }
}

/// That nobody is the user of a file, or several are: what to do about the file.
pub(super) fn of_a_file(finding: Finding, found: &[&Extension]) -> Finding {
    let help = if found.is_empty() {
        let likely = finding.help.clone().unwrap_or_default();
        format!("if the user has left, remove the file; {likely}")
    } else {
        let ids = found
            .iter()
            .map(|e| format!("`id: \"{}\"` for {}", e.id, e.label()));
        let ids: Vec<String> = ids.collect();
        format!("replace this line by {}", ids.join(", or "))
    };
    finding.help(help)
}

/// How an extension is told apart from others: `102 Priya Rao (id:63700001005)`.
/// Where no account is asked, what its file says is all there is.
fn introduce(extension: &Extension) -> String {
    if !extension.id.is_given() {
        return extension.label().to_owned();
    }
    let number = extension.number.as_deref().unwrap_or("no number");
    format!("{number} {} (id:{})", extension.name, extension.id)
}

/// The extensions whose number, address, id or name is nearest to one that is nobody's.
pub fn nearest<'a>(name: &str, among: impl IntoIterator<Item = &'a Extension>) -> Option<String> {
    let own = |extension: &'a Extension| -> Vec<String> {
        match name {
            _ if name.starts_with("id:") => vec![extension.id.0.clone()],
            _ if name.contains('@') => extension.email.iter().cloned().collect(),
            _ if name.contains(char::is_alphabetic) => whole_and_words(&extension.name),
            _ => extension.number.iter().cloned().collect(),
        }
    };
    let wanted = name.strip_prefix("id:").unwrap_or(name);
    // Of a pattern, what it says.
    let wanted = wanted.replace(['*', '?'], "");
    let among = among.into_iter();
    let named = among.flat_map(|e| own(e).into_iter().map(move |own| (own, e)));
    let near = super::nearest::nearest(wanted.trim(), named);
    let near: Vec<String> = near.into_iter().map(introduce).collect();
    (!near.is_empty()).then(|| format!("the nearest are {}", near.join(", ")))
}

/// A person's name, and each of its words.
fn whole_and_words(name: &str) -> Vec<String> {
    let words = name.split_whitespace().chain([name.trim()]);
    words.map(str::to_owned).collect()
}
