//! Who is meant: users, queues and other extensions by number, name, e-mail address or id.

use super::Resolver;
use super::nearest::nearest;
use crate::config::Finding;
use crate::config::types::UserFile;
use crate::diagnostic::Code;
use crate::model::{Catalogue, Directory, Extension, ExtensionId, is_name};
use crate::yaml::Path;

/// Whose file this is, where the account knows exactly one such user.
pub fn identify(file: &UserFile, directory: &Directory) -> Option<ExtensionId> {
    let nothing = Catalogue::default();
    Resolver::new(directory, &nothing).user(file, &Path::top())
}

/// Whether a selector (an extension number, an e-mail address, or `id:` and an id) names the owner of
/// a file: by what the file says, or by what the account knows.
pub fn names(
    selector: &str,
    owner: Option<&ExtensionId>,
    file: &UserFile,
    directory: &Directory,
) -> bool {
    let UserFile {
        extension,
        email,
        id,
        ..
    } = file;
    let says = extension.as_ref().is_some_and(|own| own.0 == selector)
        || email
            .as_ref()
            .is_some_and(|own| own.0.eq_ignore_ascii_case(selector))
        || id
            .as_ref()
            .is_some_and(|own| selector.strip_prefix("id:") == Some(own.0.as_str()));
    let known = || {
        let owner = owner.and_then(|owner| directory.by_id(owner));
        owner.is_some_and(|owner| owner.is_named(selector))
    };
    says || known()
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
            None if is_name(name) => directory.by_name(name),
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
                self.found.push(finding.help(alike(name, directory)));
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

/// The extensions whose number, name, address or id is nearest to one that is nobody's.
fn alike(name: &str, directory: &Directory) -> String {
    let own = |extension: &Extension| match name {
        _ if name.starts_with("id:") => Some(extension.id.0.clone()),
        _ if name.contains('@') => extension.email.clone(),
        _ if is_name(name) => Some(extension.name.clone()),
        _ => extension.number.clone(),
    };
    let all = directory.all();
    let wanted = name.strip_prefix("id:").unwrap_or(name);
    let near = nearest(wanted, all.iter().filter_map(|e| Some((own(e)?, e))));
    if near.is_empty() {
        return format!(
            "the account has {} extensions, and none is like it",
            all.len()
        );
    }
    let near: Vec<String> = near.into_iter().map(introduce).collect();
    format!("the nearest are {}", near.join(", "))
}
