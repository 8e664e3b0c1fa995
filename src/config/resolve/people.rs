//! Who is meant: users, queues and other extensions by number, e-mail address or id.

use super::Resolver;
use crate::config::Finding;
use crate::config::types::UserFile;
use crate::diagnostic::Code;
use crate::model::{Directory, Extension, ExtensionId, Selector};
use crate::yaml::Path;

/// Whose file this is, where the account knows exactly one such user.
pub fn identify(file: &UserFile, directory: &Directory) -> Option<ExtensionId> {
    let mut resolver = Resolver {
        directory,
        found: Vec::new(),
    };
    resolver.user(file, &Path::top())
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

impl Resolver<'_> {
    /// The one extension of that name. Of several, only the likely ones count: a queue may have its
    /// manager's address.
    pub(super) fn lookup(
        &mut self,
        name: &str,
        at: &Path,
        is_likely: impl Fn(&Extension) -> bool,
    ) -> Option<Extension> {
        let directory = self.directory;
        let mut candidates: Vec<&Extension> = match name.strip_prefix("id:") {
            Some(id) => directory
                .by_id(&ExtensionId(id.to_owned()))
                .into_iter()
                .collect(),
            None if name.contains('@') => directory.by_email(name),
            None => directory.by_number(name),
        };
        if candidates.len() > 1 {
            candidates.retain(|extension| is_likely(extension));
        }
        match candidates[..] {
            [one] => return Some(one.clone()),
            [] => {
                let message = format!("nobody on the account is `{name}`");
                let finding = Finding::new(Code::UnknownPerson, at.value(), message);
                let help = nearest(name, directory.all()).unwrap_or_else(|| {
                    let all = directory.all().len();
                    format!("the account has {all} extensions, and none is like it")
                });
                self.found.push(finding.help(help));
            }
            _ => {
                let message = format!("`{name}` is the name of {}", candidates.len());
                let all: Vec<String> = candidates.iter().map(|e| introduce(e)).collect();
                let finding = Finding::new(Code::AmbiguousPerson, at.value(), message);
                self.found
                    .push(finding.help(format!("say which one by its id: {}", all.join(", "))));
            }
        }
        None
    }
}

/// How an extension is told apart from others: `102 Priya Rao (id:63700001005)`.
fn introduce(extension: &Extension) -> String {
    let number = extension.number.as_deref().unwrap_or("no number");
    format!("{number} {} (id:{})", extension.name, extension.id)
}

/// The extensions whose number, address, id or name is nearest to one that is nobody's.
pub fn nearest<'a>(name: &str, among: impl IntoIterator<Item = &'a Extension>) -> Option<String> {
    const OFFERED: usize = 3;
    let wanted = name.strip_prefix("id:").unwrap_or(name).to_lowercase();
    let wanted = wanted.replace(['*', '?'], "");
    let wanted = wanted.trim();
    let distance = |extension: &Extension| {
        let Extension {
            id, number, email, ..
        } = extension;
        let own = match name {
            _ if name.starts_with("id:") => Some(id.0.clone()),
            _ if name.contains('@') => email.as_ref().map(|email| email.to_lowercase()),
            _ if name.contains(char::is_alphabetic) => return by_name(wanted, &extension.name),
            _ => number.clone(),
        };
        own.map(|own| strsim::damerau_levenshtein(wanted, &own))
    };
    let mut near: Vec<(usize, &Extension)> = { among.into_iter() }
        .filter_map(|extension| Some((distance(extension)?, extension)))
        .filter(|(distance, _)| *distance <= 1 + wanted.chars().count() / 3)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let best = near.first()?.0;
    near.retain(|(distance, _)| *distance <= best + 1);
    near.truncate(OFFERED);
    let near: Vec<String> = near
        .iter()
        .map(|(_, extension)| introduce(extension))
        .collect();
    Some(format!("the nearest are {}", near.join(", ")))
}

/// How far a name is from a person's: from all of it, or from the nearest of its words.
fn by_name(wanted: &str, own: &str) -> Option<usize> {
    let own = own.to_lowercase();
    let parts = own.split_whitespace().chain([own.trim()]);
    parts
        .map(|part| strsim::damerau_levenshtein(wanted, part))
        .min()
}
