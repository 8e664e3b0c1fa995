//! Profiles: parts of user files that several users share.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::ConfigFinding;
use super::merge::merge_profile;
use super::references::{FileReferences, PROFILES};
use crate::diagnostic::DiagnosticCode;
use crate::model::StateId;
use crate::yaml::{YamlNode, YamlPath, YamlValue};

/// The profiles of a repository by name, each merged with the profiles that it uses itself.
#[derive(Debug, Default)]
pub(super) struct ProfileSet {
    files: ProfileFiles,
    effective: IndexMap<String, Option<Arc<YamlNode>>>,
}

/// The profiles as written, by name. `None` for a file that could not be read.
pub(super) type ProfileFiles = IndexMap<String, Option<Arc<YamlNode>>>;

impl ProfileSet {
    pub(super) fn new(files: ProfileFiles) -> Self {
        let mut profiles = ProfileSet::default();
        for name in files.keys() {
            profiles.add(name, &files);
        }
        profiles.files = files;
        profiles
    }

    /// Merges a profile with the profiles that it uses. A profile whose merge is in progress counts
    /// as empty, which stops at cycles. They are reported by `find_cycles`.
    fn add(&mut self, name: &str, files: &ProfileFiles) -> Option<Arc<YamlNode>> {
        if let Some(done) = self.effective.get(name) {
            return done.clone();
        }
        let file = files.get(name)?.as_ref();
        self.effective.insert(name.to_owned(), None);
        let merged = file.map(|file| merge_files(file, |used| self.add(used, files)));
        self.effective.insert(name.to_owned(), merged.clone());
        merged
    }

    /// Merges a user file with its profiles, in the order in which it lists them.
    pub(super) fn merge_with_profiles(&self, file: &Arc<YamlNode>) -> Arc<YamlNode> {
        merge_files(file, |name| self.effective.get(name).cloned().flatten())
    }

    /// Returns whether a profile, or one that it uses, declares an interaction rule.
    pub(super) fn declares_rule(&self, profile: &str, rule: &str) -> bool {
        let node = self.effective.get(profile).and_then(Option::as_ref);
        let rules = node.and_then(|node| node.get("interactionRules"));
        rules.is_some_and(|rules| rules.get(rule).is_some_and(|rule| !rule.is_null()))
    }

    /// Returns whether a file uses a profile, directly or through another one.
    pub(super) fn is_used_by(&self, file: &YamlNode, profile: &str) -> bool {
        let mut seen = HashSet::new();
        let mut references = profile_references(file).into_iter();
        references.any(|used| reaches(used, profile, &self.files, &mut Vec::new(), &mut seen))
    }

    /// Reports references in a file to profiles that do not exist.
    pub(super) fn unknown_profiles(&self, file: &YamlNode) -> Vec<ConfigFinding> {
        let names = profile_references(file).into_iter().enumerate();
        let unknown = names.filter_map(|(index, name)| {
            let at = YamlPath::root().key("profiles").item(index);
            PROFILES.unknown_name_finding(name, &self.effective, at)
        });
        unknown.collect()
    }

    /// Adds the references of the used profiles. Returns false if one of them could not be read.
    pub(super) fn record_uses(&self, uses: &mut FileReferences) -> bool {
        let mut rest: Vec<_> = self.files.iter().collect();
        loop {
            let (used, others): (Vec<_>, Vec<_>) = rest
                .into_iter()
                .partition(|(name, _)| uses.contains(&PROFILES, name));
            if used.is_empty() {
                return true;
            }
            for (_, file) in used {
                match file {
                    Some(file) => uses.record(file),
                    None => return false,
                }
            }
            rest = others;
        }
    }

    /// Reports profiles that include each other: one finding for each cycle, in its first profile
    /// by name.
    pub(super) fn find_cycles(&self, name: &str) -> Vec<ConfigFinding> {
        let Some(Some(file)) = self.files.get(name) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        for (index, used) in profile_references(file).into_iter().enumerate() {
            let mut cycle = vec![name];
            if !reaches(used, name, &self.files, &mut cycle, &mut HashSet::new())
                || cycle.iter().any(|member| *member < name)
            {
                continue;
            }
            let names: Vec<String> = cycle.iter().map(|member| format!("`{member}`")).collect();
            let message = format!("profiles include each other: {}", names.join(" → "));
            let at = YamlPath::root().key("profiles").item(index);
            findings.push(
                ConfigFinding::new(DiagnosticCode::ProfileCycle, at, message)
                    .with_help("remove one of these references"),
            );
        }
        findings
    }
}

/// Returns the names of the profiles that a file uses.
pub(super) fn profile_references(file: &YamlNode) -> Vec<&str> {
    file.get(PROFILES.key)
        .filter(|profiles| matches!(profiles.value, YamlValue::List(_)))
        .map(YamlNode::as_str_list)
        .unwrap_or_default()
}

/// Returns whether `from` uses `goal`, directly or indirectly. Collects the path in `path`.
fn reaches<'a>(
    from: &'a str,
    goal: &str,
    files: &'a ProfileFiles,
    path: &mut Vec<&'a str>,
    seen: &mut HashSet<&'a str>,
) -> bool {
    if !seen.insert(from) {
        return false;
    }
    path.push(from);
    let is_reached = from == goal
        || match files.get(from) {
            Some(Some(file)) => profile_references(file)
                .into_iter()
                .any(|used| reaches(used, goal, files, path, seen)),
            _ => false,
        };
    if !is_reached {
        path.pop();
    }
    is_reached
}

/// Reports states that a profile switches on, while the user file replaces their schedule or their
/// destination. `file` is merged with its profiles.
pub(super) fn half_overrides(file: &YamlNode) -> Vec<ConfigFinding> {
    let switches = [StateId::FORWARD_ALL_CALLS, StateId::DND].into_iter();
    let findings = switches.filter_map(|id| {
        let state = file.get("states")?.get(id)?;
        let enabled = state
            .get("enabled")
            .filter(|enabled| enabled.as_str() == Some("true"))?;
        let is_own = |node: &&YamlNode| node.span.is_same_file(&file.span);
        let replaced = ["schedule", "dispatching"]
            .into_iter()
            .find(|key| state.get(key).is_some_and(|node| is_own(&node)))?;
        if is_own(&enabled) {
            return None;
        }
        let at = YamlPath::root().key("states").key(id);
        let message =
            format!("`{id}` is switched on by a profile, but its `{replaced}` is replaced here");
        Some(
            ConfigFinding::new(DiagnosticCode::HalfOverride, at.key(replaced), message)
                .with_help(format!(
                    "remove `{replaced}` to use that of the profile, or write `enabled:` here too"
                ))
                .with_related(at.key("enabled")),
        )
    });
    findings.collect()
}

/// Merges a file with the profiles that it uses. Later profiles override earlier ones.
fn merge_files(
    file: &Arc<YamlNode>,
    mut profile: impl FnMut(&str) -> Option<Arc<YamlNode>>,
) -> Arc<YamlNode> {
    let below = profile_references(file)
        .into_iter()
        .filter_map(&mut profile)
        .reduce(|lower, upper| merge_profile(&upper, &lower));
    match below {
        Some(below) => merge_profile(file, &below),
        None => file.clone(),
    }
}
