//! The names of a user's interaction rules: against each other, and against those that are ignored.

use std::collections::HashMap;

use crate::config::Finding;
use crate::config::types::{InteractionRule, UserFile};
use crate::diagnostic::Code;
use crate::model::NamePattern;
use crate::yaml::Path;

/// A rule as it is declared, `null` included, and where.
struct Declared<'a> {
    key: &'a str,
    rule: Option<&'a InteractionRule>,
    at: Path,
}

/// A text by which a rule is found on the account, and where it stands.
type Said<'a> = (&'a str, Path);

impl<'a> Declared<'a> {
    /// The name that the rule shall have.
    fn name(&self) -> Said<'a> {
        match self.rule.and_then(|rule| rule.name.as_deref()) {
            Some(name) => (name, self.at.key("name")),
            None => (self.key, self.at.clone()),
        }
    }

    fn renamed_from(&self) -> Option<Said<'a>> {
        let old = self.rule?.renamed_from.as_deref()?;
        Some((old, self.at.key("renamedFrom")))
    }

    fn id(&self) -> Option<Said<'a>> {
        let id = self.rule?.id.as_ref()?;
        Some((&id.0, self.at.key("id")))
    }
}

/// `ignored` are the name patterns that `callrules.yaml` ignores.
pub(super) fn check(file: &UserFile, ignored: &[String], found: &mut Vec<Finding>) {
    let at = Path::top().key("interactionRules");
    let rules = file.interaction_rules.iter().flatten();
    let all: Vec<Declared<'_>> = rules
        .map(|(key, rule)| Declared {
            key,
            rule: rule.as_ref(),
            at: at.key(key),
        })
        .collect();
    lists_any("ignore", file.ignore.as_deref(), found);
    left_alone(
        &all,
        file.ignore.as_deref().unwrap_or_default(),
        ignored,
        found,
    );
    renamed(&all, found);
    one_each(&all, found);
}

/// That a list which may be left out lists nothing.
pub(super) fn lists_any<T>(key: &str, list: Option<&[T]>, found: &mut Vec<Finding>) {
    if list.is_some_and(<[T]>::is_empty) {
        let at = Path::top().key(key);
        let finding = Finding::new(Code::EmptyList, at, format!("`{key}` lists nothing"));
        found.push(finding.help("remove the key"));
    }
}

/// Rules that are declared and ignored: by the file, or by `callrules.yaml`.
fn left_alone(
    all: &[Declared<'_>],
    own: &[String],
    everywhere: &[String],
    found: &mut Vec<Finding>,
) {
    const HELP: &str = "a rule is either declared here or left to the user";
    let names = all.iter().flat_map(|declared| {
        let key = Some((declared.key, declared.at.clone()));
        let name = Some(declared.name()).filter(|(name, _)| *name != declared.key);
        [key, name, declared.renamed_from()].into_iter().flatten()
    });
    let names: Vec<Said<'_>> = names.collect();
    let hits = |pattern: &String| {
        let glob = NamePattern::new(pattern);
        let hits = names.iter().filter(move |(name, _)| glob.matches(name));
        hits.cloned()
    };
    for (index, pattern) in own.iter().enumerate() {
        for (name, at) in hits(pattern) {
            let message = format!("`{pattern}` ignores the rule `{name}`, which is declared");
            let ignore = Path::top().key("ignore").item(index);
            let finding = Finding::new(Code::Contradiction, ignore, message);
            found.push(finding.help(HELP).against(at));
        }
    }
    for pattern in everywhere {
        for (name, at) in hits(pattern) {
            let message = format!("`{pattern}` in callrules.yaml ignores the rule `{name}`");
            found.push(Finding::new(Code::Contradiction, at, message).help(HELP));
        }
    }
}

fn renamed(all: &[Declared<'_>], found: &mut Vec<Finding>) {
    for declared in all {
        let Some((old, at)) = declared.renamed_from() else {
            continue;
        };
        if old == declared.name().0 {
            let message = "a rule cannot be renamed from its own name";
            found.push(Finding::new(Code::Contradiction, at, message).help("remove the key"));
        } else if let Some(other) = all.iter().find(|other| other.name().0 == old) {
            let message = format!("`{old}` is renamed and declared at the same time");
            found.push(
                Finding::new(Code::Contradiction, at, message)
                    .help(format!("remove the rule `{old}`, or this key"))
                    .against(other.name().1),
            );
        }
    }
}

/// Two rules of the file that would be one on the account, or nearly.
fn one_each(all: &[Declared<'_>], found: &mut Vec<Finding>) {
    let of_id = all.iter().filter_map(Declared::id);
    twice(of_id, "have the id", found);
    let of_old = all.iter().filter_map(Declared::renamed_from);
    twice(of_old, "are renamed from", found);
    // By their ids even rules of one name are told apart.
    let unpinned = || all.iter().filter(|declared| declared.id().is_none());
    twice(unpinned().map(Declared::name), "are called", found);
    let mut first: HashMap<String, Said<'_>> = HashMap::new();
    for (name, at) in unpinned().map(Declared::name) {
        let plain = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let other = first
            .entry(plain.to_lowercase())
            .or_insert_with(|| (name, at.clone()));
        if other.0 != name {
            let message = format!("`{name}` and `{}` are two rules", other.0);
            found.push(
                Finding::new(Code::NearlyOne, at, message)
                    .label("they differ in capitals or spaces alone")
                    .help("where one rule is meant, write its name in one way")
                    .against(other.1.clone()),
            );
        }
    }
}

fn twice<'a>(said: impl Iterator<Item = Said<'a>>, what: &str, found: &mut Vec<Finding>) {
    let mut first: HashMap<&str, Path> = HashMap::new();
    for (text, at) in said {
        if let Some(other) = first.get(text) {
            let message = format!("two rules {what} `{text}`");
            found.push(
                Finding::new(Code::Contradiction, at, message)
                    .help("a rule of the account is declared once: remove one of the two")
                    .against(other.clone()),
            );
        } else {
            first.insert(text, at);
        }
    }
}
