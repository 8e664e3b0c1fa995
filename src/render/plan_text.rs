//! A plan as a person reads it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::Deed;
use super::alike::{alike, names};
use super::list::{self, Way};
use super::say::{Say, are, count, counted};
use super::shown;
use crate::engine::{Action, Change, FieldChange, Plan, Reason, Resource, Summary, UserPlan};
use crate::model::{Catalogue, Directory};

/// What eyes go to first: what is lost is red, what is new green.
const CREATE: Style = AnsiColor::Green.on_default();
const UPDATE: Style = AnsiColor::Yellow.on_default();
const DELETE: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// So many effects of a user are told in full.
const EFFECTS: usize = 12;

/// The changes of every user that has some, then a line that counts them. What is the same for several users
/// is told once. Styled with ANSI sequences; the printer strips them where they cannot be shown.
pub fn render(deed: Deed, plan: &Plan, directory: &Directory, catalogue: &Catalogue) -> String {
    let printer = Printer {
        why,
        say: Say {
            directory,
            catalogue,
        },
    };
    let mut text = String::new();
    let told = plan.users.iter().filter(|user| user.is_worth_telling());
    let mut left_out = 0;
    for (told, users) in alike(told, |user| printer.user(user)) {
        let (few, more) = names(&users);
        left_out += more;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}\n{told}", heading(&few, more));
    }
    text.push_str(&summary(deed, plan));
    text.push('\n');
    if left_out > 0 {
        let (names, are) = (counted(left_out, "name"), are(left_out));
        let where_all = deed.whole();
        let _ = writeln!(
            text,
            "{FAINT}{names} {are} left out above: {where_all}{FAINT:#}"
        );
    }
    text
}

/// `Plan: 1 to create, 1 to update for 1 of 38 users`.
pub(super) fn summary(deed: Deed, plan: &Plan) -> String {
    let of = plan.users.len();
    if plan.is_empty() {
        return deed.nothing(of);
    }
    let Summary {
        create,
        update,
        delete,
        users: concerned,
    } = plan.summary();
    let counts = [(create, "create"), (update, "update"), (delete, "delete")];
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<String> = counts
        .map(|(number, what)| format!("{} to {what}", count(*number)))
        .collect();
    format!(
        "{}: {} for {} of {}",
        deed.plan(),
        counts.join(", "),
        count(concerned),
        counted(of, "user")
    )
}

/// The service takes so many requests of this kind a minute, unless an app has another limit \[docs\].
pub(super) const A_MINUTE: usize = 40;

/// How long so many requests take, behind their number; nothing where that is no more than a minute.
pub fn time_for(requests: usize) -> String {
    let time = duration(requests);
    time.map_or_else(String::new, |time| {
        format!(" ({time} at {A_MINUTE} a minute)")
    })
}

/// `about 15 minutes`; nothing where it is no more than one.
pub(super) fn duration(requests: usize) -> Option<String> {
    match requests.div_ceil(A_MINUTE) {
        0 | 1 => None,
        minutes @ 2..120 => Some(format!("about {minutes} minutes")),
        minutes => Some(format!("about {} hours", count(minutes.div_ceil(60)))),
    }
}

/// `interaction rule`, `state rule`, `state`.
pub fn resource(resource: Resource) -> &'static str {
    match resource {
        Resource::InteractionRule => "interaction rule",
        Resource::StateRule => "state rule",
        Resource::State => "state",
    }
}

/// `Alex Morgan · 101`.
pub fn user(user: &UserPlan) -> String {
    match (&user.extension_number, &*shown::name(&user.name)) {
        (Some(number), "") => number.clone(),
        (Some(number), name) => format!("{name} · {number}"),
        (None, "") => format!("id {}", user.id),
        (None, name) => format!("{name} · id {}", user.id),
    }
}

/// The changes of one user, as in the whole plan, for people who know no YAML.
pub(super) fn changes(plan: &UserPlan, directory: &Directory, catalogue: &Catalogue) -> String {
    let printer = Printer {
        why: why_for_all,
        say: Say {
            directory,
            catalogue,
        },
    };
    let mut text = String::new();
    for change in &plan.changes {
        printer.change(&mut text, change);
    }
    text
}

/// Whom the changes below are for.
fn heading(names: &[String], more: usize) -> String {
    let listed = names.join(", ");
    let users = count(names.len() + more);
    match (names.len(), more) {
        (1, 0) => format!("{BOLD}{listed}{BOLD:#}"),
        (_, 0) => format!("{BOLD}{listed}{BOLD:#}{FAINT}  (the same for each){FAINT:#}"),
        (_, more) => format!(
            "{BOLD}{listed} and {} more{BOLD:#}{FAINT}  (the same for each of {users}){FAINT:#}",
            count(more)
        ),
    }
}

/// Why a rule goes, in the words of the files.
fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::NotDeclared => "not declared; prune: all",
        Reason::DeclaredNull => "declared null",
        Reason::MadeByThatApply => "made by the apply that is undone",
        Reason::AskedForByThatApply => {
            "asked for by the apply that is undone, which heard no answer"
        }
    }
}

/// The same for people who do not know these.
fn why_for_all(reason: Reason) -> &'static str {
    match reason {
        Reason::NotDeclared => "it is not in the files",
        Reason::DeclaredNull => "the file says that it goes",
        other => why(other),
    }
}

struct Printer<'a> {
    say: Say<'a>,
    /// How it is said why a rule goes.
    why: fn(Reason) -> &'static str,
}

impl Printer<'_> {
    // Writing to a string cannot fail: the results of `writeln!` are dropped throughout.
    fn user(&self, plan: &UserPlan) -> String {
        let mut text = String::new();
        for change in &plan.changes {
            self.change(&mut text, change);
        }
        for note in &plan.notes {
            let _ = writeln!(text, "  {FAINT}i {}{FAINT:#}", shown::name(note));
        }
        self.impact(&mut text, plan);
        if !plan.unmanaged.is_empty() {
            let unmanaged: Vec<_> = plan
                .unmanaged
                .iter()
                .map(|name| shown::name(name))
                .collect();
            let _ = writeln!(
                text,
                "  {FAINT}unmanaged: {}{FAINT:#}",
                unmanaged.join(", ")
            );
        }
        text
    }

    fn impact(&self, text: &mut String, plan: &UserPlan) {
        let effects = super::impact::effects(&self.say, &plan.impact);
        match effects.len() {
            0 if plan.changes.is_empty() => {}
            0 => {
                let _ = writeln!(
                    text,
                    "  {FAINT}Callers will notice nothing of this.{FAINT:#}"
                );
            }
            all => {
                let _ = writeln!(text, "  {BOLD}What callers will notice{BOLD:#}");
                for effect in effects.iter().take(EFFECTS) {
                    let _ = writeln!(text, "        {effect}");
                }
                if all > EFFECTS {
                    let more = count(all - EFFECTS);
                    let _ = writeln!(text, "        … and {more} more, all in `--format json`");
                }
            }
        }
    }

    fn change(&self, text: &mut String, change: &Change) {
        let (sign, style) = match change.action {
            Action::Create => ('+', CREATE),
            Action::Update => ('~', UPDATE),
            Action::Delete => ('-', DELETE),
        };
        let kind = resource(change.resource);
        let why = change.reason.map(self.why).map(|why| format!("  ({why})"));
        let why = why.unwrap_or_default();
        let name = shown::name(&change.name);
        let _ = writeln!(
            text,
            "  {style}{sign} {kind:<16}  {name}{style:#}{FAINT}{why}{FAINT:#}"
        );
        match change.action {
            Action::Create => self.new_rule(text, change),
            // A state that appears with the plan was nothing before.
            Action::Update if change.fields.iter().all(|field| field.before.is_null()) => {
                self.new_rule(text, change);
            }
            Action::Update => self.fields(text, &change.fields),
            Action::Delete => {}
        }
    }

    fn new_rule(&self, text: &mut String, change: &Change) {
        let part = |path: &str| {
            let field = change.fields.iter().find(|field| field.path == path);
            field.map(|field| field.after.clone())
        };
        let is = |path: &str, wanted: bool| part(path) == Some(Value::Bool(wanted));
        let queue = if is("queueCallsIncluded", true) {
            " · queue calls too"
        } else {
            ""
        };
        let when = self.say.when(part);
        if !when.is_empty() {
            let _ = writeln!(text, "        when   {when}{queue}");
        }
        let _ = writeln!(text, "        then   {}", self.say.then(part));
        if is("enabled", false) {
            let _ = writeln!(
                text,
                "        off    the rule takes no calls until it is enabled"
            );
        }
    }

    fn fields(&self, text: &mut String, fields: &[FieldChange]) {
        let shown: Vec<&str> = fields.iter().map(|field| short(&field.path)).collect();
        let width = shown
            .iter()
            .map(|path| path.chars().count())
            .max()
            .unwrap_or_default();
        for (field, path) in fields.iter().zip(shown) {
            let head = format!("{path:<width$}");
            let (before, after) = (&field.before, &field.after);
            if let (Value::Array(before), Value::Array(after)) = (before, after) {
                let key = path.rsplit('.').next().unwrap_or(path);
                self.list(text, &head, key, before, after);
            } else if let Some([before, after]) = list::long_dates(before, after) {
                self.list(text, &head, "ranges", before.dates, after.dates);
                if before.rest != after.rest {
                    self.change_of(text, &head, path, &before.rest, &after.rest);
                }
            } else {
                self.change_of(text, &head, path, before, after);
            }
        }
    }

    fn change_of(&self, text: &mut String, head: &str, path: &str, before: &Value, after: &Value) {
        let before = self.say.value(path, before);
        let after = self.say.value(path, after);
        let _ = writeln!(text, "        {head}  {before} → {after}");
    }

    /// What came into a list and what went out of it.
    fn list(&self, text: &mut String, head: &str, key: &str, before: &[Value], after: &[Value]) {
        let changes = list::changes(key, before, after);
        let came = changes.iter().filter(|(way, _)| *way == Way::Came).count();
        let _ = writeln!(
            text,
            "        {head}  {} → {} ({} added, {} removed)",
            count(before.len()),
            count(after.len()),
            count(came),
            count(changes.len() - came)
        );
        let told = list::first_few(&changes);
        for (way, item) in &told {
            let (sign, style) = match way {
                Way::Came => ('+', CREATE),
                Way::Went => ('-', DELETE),
            };
            let item = self.say.value(key, &Value::Array(vec![(*item).clone()]));
            let _ = writeln!(text, "          {style}{sign} {item}{style:#}");
        }
        if changes.len() > told.len() {
            let more = count(changes.len() - told.len());
            let _ = writeln!(text, "          … and {more} more");
        }
    }
}

/// People know where `ring` stands; scripts get the whole path.
fn short(path: &str) -> &str {
    let path = path.strip_prefix("dispatching.").unwrap_or(path);
    path.strip_prefix("conditions.").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::time_for;

    #[test]
    fn what_takes_more_than_a_minute_is_told_with_its_time() {
        assert_eq!(time_for(40), "");
        assert_eq!(time_for(41), " (about 2 minutes at 40 a minute)");
        assert_eq!(time_for(4_760), " (about 119 minutes at 40 a minute)");
        assert_eq!(time_for(40_000), " (about 17 hours at 40 a minute)");
    }
}
