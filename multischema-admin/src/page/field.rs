//! A field of a form.

use maud::{Markup, PreEscaped, html};

use crate::rows::Choice;
use crate::structure::{Column, Kind};

/// A field.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    pub(crate) column: &'a Column,
    pub(crate) label: String,
    pub(crate) value: Option<&'a str>,
    pub(crate) errors: &'a [String],
    pub(crate) is_fixed: bool,
    /// What can be referred to.
    pub(crate) choices: Option<Choices<'a>>,
}

/// What a field can refer to.
#[derive(Debug)]
pub(crate) enum Choices<'a> {
    /// All of it.
    All(Vec<Choice>),
    /// There is too much: it is looked for.
    Search {
        /// What the value refers to now.
        current: Option<Choice>,
        /// Where it is looked for.
        at: String,
        /// The list of it.
        list: &'a str,
    },
}

/// The type of an input.
pub(crate) fn input_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::Timestamp | Kind::TimestampTz => "datetime-local",
        Kind::Integer | Kind::Number => "number",
        _ => "text",
    }
}

impl Field<'_> {
    pub(crate) fn html(&self) -> Markup {
        let name = &self.column.name;
        let id = format!("v-{name}");
        let help = self.help();
        let described = [
            help.is_some().then(|| format!("{id}-help")),
            (!self.errors.is_empty()).then(|| format!("{id}-error")),
        ];
        let described: Vec<String> = described.into_iter().flatten().collect();
        let described = (!described.is_empty()).then(|| described.join(" "));
        html! {
            div.field.has-error[!self.errors.is_empty()] {
                label for=(id) {
                    (self.label)
                    @if self.column.is_required() && !self.is_fixed { span.required aria-hidden="true" { " *" } }
                }
                @if self.is_fixed {
                    (self.fixed(&id))
                } @else {
                    (self.widget(&id, described.as_deref()))
                }
                @if let Some(help) = help { p.help id={ (id) "-help" } { (help) } }
                @if !self.errors.is_empty() {
                    ul.errors id={ (id) "-error" } { @for it in self.errors { li { (it) } } }
                }
            }
        }
    }

    fn fixed(&self, id: &str) -> Markup {
        let text = match (&self.choices, self.value) {
            (
                Some(Choices::Search {
                    current: Some(current),
                    ..
                }),
                Some(_),
            ) => current.label.as_str(),
            (Some(Choices::All(all)), Some(value)) => all
                .iter()
                .find(|it| it.value == value)
                .map_or(value, |it| it.label.as_str()),
            (_, value) => value.unwrap_or("-"),
        };
        html! { output.fixed id=(id) { (text) } }
    }

    fn widget(&self, id: &str, described: Option<&str>) -> Markup {
        let name = format!("v.{}", self.column.name);
        let value = self.value.unwrap_or_default();
        let is_required = self.column.is_required();
        let is_invalid = (!self.errors.is_empty()).then_some("true");
        let kind = self.column.kind();
        match (&self.choices, kind) {
            (Some(Choices::All(all)), _) => {
                let options = all.iter().map(|it| (it.value.as_str(), it.label.as_str()));
                self.select(id, &name, options.collect(), described)
            }
            (Some(Choices::Search { current, at, list }), _) => html! {
                input id=(id) name=(name) value=(value) required[is_required] autocomplete="off"
                    aria-describedby=[described] aria-invalid=[is_invalid] data-search=(at);
                @if let Some(current) = current { output.current { (current.label) } }
                a href=(list) target="_blank" rel="noopener" { "Look it up" span.unseen { " (opens another page)" } }
            },
            (None, Kind::Enum) => {
                let options = self
                    .column
                    .labels
                    .iter()
                    .map(|it| (it.as_str(), it.as_str()));
                self.select(id, &name, options.collect(), described)
            }
            (None, Kind::Bool) if self.column.not_null => html! {
                input type="checkbox" id=(id) name=(name) value="true" checked[value == "true"]
                    aria-describedby=[described] aria-invalid=[is_invalid];
            },
            (None, Kind::Bool) => {
                self.select(id, &name, vec![("true", "Yes"), ("false", "No")], described)
            }
            // An input would leave line breaks out.
            (None, kind)
                if matches!(
                    kind,
                    Kind::Text | Kind::Json | Kind::Array | Kind::Composite
                ) || value.contains(['\n', '\r']) =>
            {
                let rows = value.lines().count().clamp(1, 20);
                // A browser leaves the first line break out.
                let value = PreEscaped(format!("\n{}", html! { (value) }.into_string()));
                html! {
                    textarea id=(id) name=(name) rows=(rows) required[is_required] maxlength=[self.column.max_length]
                        spellcheck=(kind == Kind::Text) aria-describedby=[described] aria-invalid=[is_invalid] { (value) }
                }
            }
            (None, kind) => {
                let (type_, value) = picked(kind, value);
                html! {
                    input type=(type_) id=(id) name=(name) value=(value) required[is_required] maxlength=[self.column.max_length]
                        step=[step(type_, kind, &value)] aria-describedby=[described] aria-invalid=[is_invalid];
                }
            }
        }
    }

    fn select(
        &self,
        id: &str,
        name: &str,
        options: Vec<(&str, &str)>,
        described: Option<&str>,
    ) -> Markup {
        let value = self.value.unwrap_or_default();
        let is_known = value.is_empty() || options.iter().any(|(it, _)| *it == value);
        let is_required = self.column.is_required();
        let is_invalid = (!self.errors.is_empty()).then_some("true");
        html! {
            select id=(id) name=(name) required[is_required] aria-describedby=[described] aria-invalid=[is_invalid] {
                option value="" { "-" }
                @for (option, label) in options { option value=(option) selected[option == value] { (label) } }
                @if !is_known { option value=(value) selected { (value) } }
            }
        }
    }

    fn help(&self) -> Option<String> {
        let kind = match self.column.kind() {
            _ if self.is_fixed => None,
            Kind::TimestampTz => Some("Coordinated universal time (UTC).".to_owned()),
            Kind::Array | Kind::Composite | Kind::Json => {
                Some(format!("JSON, for {}.", self.column.type_name))
            }
            Kind::Other => Some(format!(
                "{}, as PostgreSQL writes it.",
                self.column.type_name
            )),
            _ => None,
        };
        let parts: Vec<String> = self.column.comment.iter().cloned().chain(kind).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}

/// The type of input that can show a value, and how it is written there. What is beyond it, as infinity, is shown as text.
fn picked(kind: Kind, value: &str) -> (&'static str, String) {
    let type_ = input_type(kind);
    let shown = match kind {
        Kind::Timestamp => local(value),
        Kind::TimestampTz => value
            .strip_suffix("+00")
            .and_then(local)
            .or_else(|| value.is_empty().then(String::new)),
        Kind::Date => is_shaped(value, "0000-00-00").then(|| value.to_owned()),
        Kind::Time => is_shaped(value, "00:00:00").then(|| value.to_owned()),
        Kind::Integer | Kind::Number => value
            .parse::<f64>()
            .is_ok_and(f64::is_finite)
            .then(|| value.to_owned()),
        _ => Some(value.to_owned()),
    };
    match shown {
        Some(shown) => (type_, shown),
        None if value.is_empty() => (type_, String::new()),
        None => ("text", value.to_owned()),
    }
}

/// A time of PostgreSQL's as a browser has it, if it has no less than thousandths.
fn local(value: &str) -> Option<String> {
    let (date, time) = value.split_once(' ')?;
    let is_known = is_shaped(date, "0000-00-00")
        && ["00:00:00", "00:00:00.0", "00:00:00.00", "00:00:00.000"]
            .iter()
            .any(|it| is_shaped(time, it));
    is_known.then(|| format!("{date}T{time}"))
}

/// Whether a text has digits where the shape has zeros, and else what that has.
fn is_shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(it, shape)| match shape {
                b'0' => it.is_ascii_digit(),
                shape => it == shape,
            })
}

fn step(type_: &str, kind: Kind, value: &str) -> Option<&'static str> {
    match (type_, kind) {
        ("number", Kind::Number) => Some("any"),
        ("datetime-local" | "time", _) if value.contains('.') => Some("0.001"),
        ("datetime-local" | "time", _) => Some("1"),
        _ => None,
    }
}

/// What was put in, as PostgreSQL would write it: `None` is NULL, or what PostgreSQL makes of a new row by itself. Of one that is there, text
/// that may not be NULL can be empty.
pub(crate) fn read(column: &Column, text: Option<&str>, is_new: bool) -> Option<String> {
    let text = match (text, column.kind()) {
        // It is not sent if it is not checked.
        (text, Kind::Bool) if column.not_null => {
            let is_checked = text.is_some_and(|it| !it.is_empty());
            return Some(is_checked.to_string());
        }
        (text, _) => text?.replace("\r\n", "\n"),
    };
    match column.kind() {
        Kind::Text | Kind::Line if text.is_empty() => {
            (column.not_null && !is_new).then(String::new)
        }
        _ if text.is_empty() => None,
        kind @ (Kind::Timestamp | Kind::TimestampTz) => Some(time(&text, kind)),
        _ => Some(text),
    }
}

/// A browser leaves the seconds out if they are none.
fn time(text: &str, kind: Kind) -> String {
    let Some((date, time)) = text
        .split_once('T')
        .filter(|(date, _)| is_shaped(date, "0000-00-00"))
    else {
        return text.to_owned();
    };
    let seconds = if is_shaped(time, "00:00") { ":00" } else { "" };
    // PostgreSQL leaves zeros out that end it.
    let time = match time.contains('.') {
        true => time.trim_end_matches('0').trim_end_matches('.'),
        false => time,
    };
    let zone = if kind == Kind::TimestampTz { "+00" } else { "" };
    format!("{date} {time}{seconds}{zone}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_was_shown_comes_back_as_it_was() {
        for (kind, value, shown) in [
            (
                Kind::Timestamp,
                "2026-01-02 03:04:05",
                "2026-01-02T03:04:05",
            ),
            (
                Kind::TimestampTz,
                "2026-01-02 03:04:05.5+00",
                "2026-01-02T03:04:05.5",
            ),
            (
                Kind::TimestampTz,
                "2026-01-02 03:04:00+00",
                "2026-01-02T03:04",
            ),
        ] {
            assert_eq!(time(shown, kind), value);
        }
        assert_eq!(picked(Kind::Timestamp, "infinity").0, "text");
        assert_eq!(
            picked(Kind::Timestamp, "2026-01-02 03:04:05.123456").0,
            "text"
        );
        assert_eq!(picked(Kind::TimestampTz, "").0, "datetime-local");
        assert_eq!(picked(Kind::Number, "NaN"), ("text", "NaN".to_owned()));
    }
}
