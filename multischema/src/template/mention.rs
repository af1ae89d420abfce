//! Whether the body of a function names the schema that it is in.
//!
//! PostgreSQL keeps the body of most functions as a string, so that it means another schema's objects wherever it names one.
//! No reading of it finds everything: a body can put a name together. What is looked for is a name as it is
//! written.

use std::collections::HashSet;
use std::str::Chars;

/// The names that a body must not hold.
pub(crate) struct Mention<'a> {
    /// The schema's.
    pub(crate) schema: &'a str,
    /// Those of what is in it.
    pub(crate) objects: HashSet<&'a str>,
}

impl Mention<'_> {
    /// Returns whether `body` names the schema.
    ///
    /// In SQL and PL/pgSQL that is the schema's name with a dot and the name of one of its objects, in the code or in a
    /// string; or alone in a string, or in a statement about the search path. Comments do not count. In another language
    /// it is the word, wherever it is.
    pub(crate) fn is_in(&self, body: &str, language: &str) -> bool {
        match language {
            "sql" | "plpgsql" => self.is_in_code(body),
            // A symbol of a library.
            "c" | "internal" => false,
            _ => words(body).any(|word| word == self.schema),
        }
    }

    /// Returns whether a string names one of the schema's objects with the schema, for a function that looks it up.
    pub(crate) fn is_in_strings(&self, code: &str) -> bool {
        Lexer(code.chars())
            .any(|token| matches!(token, Token::Text(text) if self.names_object(&text)))
    }

    /// Returns whether a text is the name of one of the schema's objects, with the schema.
    pub(crate) fn names_object(&self, text: &str) -> bool {
        let tokens: Vec<Token> = Lexer(text.chars()).collect();
        matches!(&tokens[..], [Token::Name(schema), Token::Other('.'), Token::Name(object)]
            if schema == self.schema && self.objects.contains(&**object))
    }

    fn is_in_code(&self, code: &str) -> bool {
        let tokens: Vec<Token> = Lexer(code.chars()).collect();
        for statement in tokens.split(|token| *token == Token::Other(';')) {
            let sets_path = statement.iter().any(
                |it| matches!(it, Token::Name(text) | Token::Text(text) if text == "search_path"),
            );
            for (index, token) in statement.iter().enumerate() {
                let found = match token {
                    Token::Name(name) if name == self.schema => {
                        let next = [statement.get(index + 1), statement.get(index + 2)];
                        sets_path
                            || matches!(next, [Some(Token::Other('.')), Some(Token::Name(object))]
                                if self.objects.contains(&**object))
                    }
                    Token::Text(text) => {
                        text.trim() == self.schema
                            || sets_path && words(text).any(|word| word == self.schema)
                            || self.is_in_code(text)
                    }
                    _ => false,
                };
                if found {
                    return true;
                }
            }
        }
        false
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !is_of_name(char))
}

fn is_of_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// As PostgreSQL folds it.
    Name(String),
    /// What is in quotes or between dollars.
    Text(String),
    Other(char),
}

/// Reads SQL as PostgreSQL's lexer does, as far as it matters where a string or a comment ends.
struct Lexer<'a>(Chars<'a>);

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let rest = self.0.as_str();
            let char = self.0.next()?;
            let token = match char {
                _ if char.is_whitespace() => continue,
                '-' if rest.starts_with("--") => {
                    self.skip_to(rest.find('\n').unwrap_or(rest.len()), rest);
                    continue;
                }
                '/' if rest.starts_with("/*") => {
                    self.skip_to(end_of_comment(rest), rest);
                    continue;
                }
                '"' => Token::Name(self.quoted('"', false)),
                '\'' => Token::Text(self.quoted('\'', false)),
                'e' | 'E' if rest[1..].starts_with('\'') => {
                    self.0.next();
                    Token::Text(self.quoted('\'', true))
                }
                '$' => match dollar_quoted(rest) {
                    Some((text, end)) => {
                        self.skip_to(end, rest);
                        Token::Text(text.to_owned())
                    }
                    None => Token::Other('$'),
                },
                _ if is_of_name(char) => {
                    let end = rest.find(|char| !is_of_name(char)).unwrap_or(rest.len());
                    self.skip_to(end, rest);
                    Token::Name(rest[..end].to_lowercase())
                }
                other => Token::Other(other),
            };
            return Some(token);
        }
    }
}

impl Lexer<'_> {
    fn skip_to(&mut self, end: usize, rest: &str) {
        let skipped = rest[..end].chars().count();
        for _ in 1..skipped {
            self.0.next();
        }
    }

    /// What is up to the quote that ends it; two are one.
    fn quoted(&mut self, quote: char, escapes: bool) -> String {
        let mut text = String::new();
        while let Some(char) = self.0.next() {
            if char == quote {
                if !self.0.as_str().starts_with(quote) {
                    break;
                }
                self.0.next();
            } else if escapes && char == '\\' {
                text.extend(self.0.next());
                continue;
            }
            text.push(char);
        }
        text
    }
}

/// Comments can be within each other.
fn end_of_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The text between `$tag$` and `$tag$`, and where that ends.
fn dollar_quoted(text: &str) -> Option<(&str, usize)> {
    let tag = text[1..].find('$')?;
    let delimiter = &text[..tag + 2];
    let is_tag = |char: char| char.is_alphanumeric() || char == '_';
    let inside = &delimiter[1..delimiter.len() - 1];
    if !inside.chars().all(is_tag) || inside.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let body = &text[delimiter.len()..];
    let end = body.find(delimiter)?;
    Some((&body[..end], 2 * delimiter.len() + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(body: &str) -> bool {
        let mention = Mention {
            schema: "a",
            objects: HashSet::from(["t", "My Table"]),
        };
        mention.is_in(body, "plpgsql")
    }

    #[test]
    fn a_name_in_the_code_or_in_a_string_is_found() {
        for body in [
            "SELECT * FROM a.t",
            "SELECT * FROM A . T",
            "SELECT * FROM \"a\".\"My Table\"",
            "EXECUTE 'SELECT * FROM a.t'",
            "EXECUTE E'SELECT \\'x\\', * FROM a.t'",
            "EXECUTE $q$ SELECT 1 /* ; */ FROM \"a\".t $q$",
            "EXECUTE format('INSERT INTO %I.t', 'a')",
            "SELECT 'a'::regnamespace",
            "SET LOCAL search_path = a, public",
            "PERFORM set_config('search_path', 'public, a', true)",
            "SET search_path = public; SELECT 'it''s', a.t",
            "SELECT /* it's /* nested */ not over */ 1 FROM a.t -- a comment",
        ] {
            assert!(is_in(body), "in {body}");
        }
    }

    #[test]
    fn a_string_that_is_the_name_of_an_object_is_found() {
        let mention = Mention {
            schema: "a",
            objects: HashSet::from(["t", "My Table"]),
        };
        for code in [
            "nextval(('a.t'::text)::regclass)",
            "f('\"a\".\"My Table\"')",
        ] {
            assert!(mention.is_in_strings(code), "in {code}");
        }
        for code in ["'a'::text", "'a.b'", "a.t", "'see a.t for more'", "'b.a.t'"] {
            assert!(!mention.is_in_strings(code), "in {code}");
        }
    }

    #[test]
    fn another_meaning_of_the_word_is_not() {
        for body in [
            "SELECT a.id FROM t AS a",
            "SELECT 'data in a.csv'",
            "SELECT x_a.t",
            "SELECT b.a.t_2",
            "-- from a.t\nSELECT 1",
            "/* a.t /* a.t */ a.t */ SELECT 1",
            "SELECT \"A\".t",
            "SELECT '$q$', 1",
            "SET search_path = public; SELECT a.id FROM t AS a",
            "",
            "SELECT 'unfinished",
            "SELECT $q$ unfinished",
        ] {
            assert!(!is_in(body), "in {body}");
        }
    }

    #[test]
    fn in_a_language_that_is_not_known_the_word_alone_is_enough() {
        let mention = Mention {
            schema: "a",
            objects: HashSet::new(),
        };
        assert!(mention.is_in("plpy.execute('SELECT * FROM a')", "plpython3u"));
        assert!(!mention.is_in("plpy.execute('SELECT * FROM ab')", "plpython3u"));
        assert!(!mention.is_in("a", "c"));
    }
}
