//! Where a statement of an SQL file begins and ends.
//!
//! The statements are slices of the file, so that one that no parser knows can be named, or sent, as it was written. What
//! counts is what psql counts: strings, quoted names, dollar quotes, comments within comments, the statements in the body
//! of `BEGIN ATOMIC`, and the list in parentheses of `CREATE RULE`. `standard_conforming_strings` is taken to be on.

/// Returns the statements of `sql`, without their semicolons, each with the line of its first word, from 1.
///
/// Comments around a statement, and statements that are empty, are left out. A string or comment that does not end goes to
/// the end of `sql`.
pub(crate) fn statements(sql: &str) -> impl Iterator<Item = (usize, &str)> {
    Statements { rest: sql, line: 1 }
}

struct Statements<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Statements<'a> {
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(len);
        self.line += taken.bytes().filter(|&byte| byte == b'\n').count();
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for Statements<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (piece, len) = piece(self.rest)?;
            if !matches!(piece, Piece::Space | Piece::Comment | Piece::Semicolon) {
                break;
            }
            self.take(len);
        }
        let line = self.line;
        let (mut at, mut end) = (0, 0);
        let mut nesting = Nesting::default();
        while let Some((piece, len)) = piece(&self.rest[at..]) {
            if piece == Piece::Semicolon && nesting.is_outside() {
                break;
            }
            at += len;
            if !matches!(piece, Piece::Space | Piece::Comment) {
                nesting.see(piece, &self.rest[at - len..at]);
                end = at;
            }
        }
        Some((line, &self.take(at)[..end]))
    }
}

/// Whether a semicolon would be one within a statement.
#[derive(Default)]
struct Nesting<'a> {
    /// What the statement begins with, as far as it tells which one it is.
    first: Vec<&'a str>,
    last: &'a str,
    parentheses: usize,
    /// `BEGIN ATOMIC` and each `CASE` in it, all of which have an `END`.
    blocks: usize,
}

impl<'a> Nesting<'a> {
    fn see(&mut self, piece: Piece, text: &'a str) {
        match piece {
            Piece::Open => self.parentheses += 1,
            Piece::Close => self.parentheses = self.parentheses.saturating_sub(1),
            Piece::Word => self.word(text),
            Piece::Space | Piece::Comment | Piece::Quoted | Piece::Semicolon | Piece::Other => {}
        }
        self.last = text;
    }

    fn word(&mut self, word: &'a str) {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        if self.first.len() < 4 {
            self.first.push(word);
        }
        // After a dot it is the name of a column.
        if self.last == "." || !self.creates(&["FUNCTION", "PROCEDURE"]) {
            return;
        }
        if self.blocks == 0 {
            self.blocks = usize::from(is("ATOMIC") && self.last.eq_ignore_ascii_case("BEGIN"));
        } else if is("CASE") {
            self.blocks += 1;
        } else if is("END") {
            self.blocks -= 1;
        }
    }

    fn is_outside(&self) -> bool {
        self.blocks == 0 && (self.parentheses == 0 || !self.creates(&["RULE"]))
    }

    fn creates(&self, kinds: &[&str]) -> bool {
        let is = |at: usize, word: &str| {
            self.first
                .get(at)
                .is_some_and(|it| it.eq_ignore_ascii_case(word))
        };
        let kind = if is(1, "OR") && is(2, "REPLACE") {
            3
        } else {
            1
        };
        is(0, "CREATE") && kinds.iter().any(|it| is(kind, it))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Space,
    Comment,
    Word,
    /// A string, or a name in quotes.
    Quoted,
    Semicolon,
    Open,
    Close,
    Other,
}

/// Returns what `text` begins with, and its length in bytes.
fn piece(text: &str) -> Option<(Piece, usize)> {
    let bytes = text.as_bytes();
    let is_escaped = matches!(bytes, [b'e' | b'E', b'\'', ..]);
    Some(match *bytes.first()? {
        byte if is_space(byte) => (Piece::Space, count(bytes, is_space)),
        b'-' if bytes.starts_with(b"--") => (Piece::Comment, count(bytes, |it| !is_newline(it))),
        b'/' if bytes.starts_with(b"/*") => (Piece::Comment, comment(bytes)),
        b'\'' => (Piece::Quoted, quoted(bytes, b'\'')),
        b'"' => (Piece::Quoted, quoted(bytes, b'"')),
        _ if is_escaped => (Piece::Quoted, 1 + escaped(&bytes[1..])),
        b'$' => match dollar_quoted(text) {
            Some(len) => (Piece::Quoted, len),
            None => (Piece::Other, 1),
        },
        // A digit begins no name, and what follows a number may be a dollar quote.
        byte if is_of_name(byte) && !byte.is_ascii_digit() => {
            (Piece::Word, count(bytes, |it| is_of_name(it) || it == b'$'))
        }
        b';' => (Piece::Semicolon, 1),
        b'(' => (Piece::Open, 1),
        b')' => (Piece::Close, 1),
        _ => (Piece::Other, 1),
    })
}

fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let other = bytes.iter().position(|&byte| !is(byte));
    other.unwrap_or(bytes.len())
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0b'
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Whatever is not ASCII can be in a name, as in PostgreSQL; so no character is cut in two.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn comment(bytes: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while let [first, second, ..] = bytes[at..] {
        match (first, second) {
            (b'/', b'*') => (depth, at) = (depth + 1, at + 2),
            (b'*', b'/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Two quotes within need no care: what follows them is quoted again.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let end = bytes[1..].iter().position(|&byte| byte == quote);
    end.map_or(bytes.len(), |end| end + 2)
}

/// The length of the string after an `E`. It goes on where another begins on a later line, and backslashes count there, too.
fn escaped(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => match continuation(&bytes[at + 1..]) {
                Some(len) => at += 1 + len,
                None => return at + 1,
            },
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Returns how far it is behind the quote with which a string goes on.
fn continuation(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut is_later_line) = (0, false);
    loop {
        match bytes[at..] {
            [b'\'', ..] if is_later_line => return Some(at + 1),
            [b'-', b'-', ..] => at += count(&bytes[at..], |it| !is_newline(it)),
            [byte, ..] if is_space(byte) => {
                is_later_line |= is_newline(byte);
                at += 1;
            }
            _ => return None,
        }
    }
}

fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = count(&text.as_bytes()[1..], is_of_name);
    let begins_with_digit = text.as_bytes().get(1)?.is_ascii_digit();
    if begins_with_digit || text.as_bytes().get(tag + 1) != Some(&b'$') {
        return None;
    }
    let (quote, body) = text.split_at(tag + 2);
    let end = body.find(quote).map(|end| end + 2 * quote.len());
    Some(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        statements(sql).map(|(_, text)| text).collect()
    }

    fn is_one(sql: &str) {
        let with_next = format!("{sql};\nSELECT 'next'");
        assert_eq!(texts(&with_next), [sql, "SELECT 'next'"], "for {sql}");
    }

    #[test]
    fn a_statement_has_the_line_of_its_first_word() {
        let sql = "-- a; comment\n\n  SELECT 1;\nSELECT\n2 /* ; */;; -- end;\n\n SELECT 3";
        let expected = [(3, "SELECT 1"), (4, "SELECT\n2"), (7, "SELECT 3")];
        assert_eq!(statements(sql).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn lines_are_counted_within_what_is_quoted() {
        let sql = "SELECT '\n\n', $$\n$$ /* \n /* \n */ */ ;\nSELECT 2";
        let lines: Vec<_> = statements(sql).map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 7]);
    }

    #[test]
    fn nothing_is_no_statement() {
        for sql in ["", " \n", ";;", "-- a", "/* a */ ;", "\u{b}"] {
            assert_eq!(texts(sql), [""; 0], "for {sql:?}");
        }
    }

    #[test]
    fn semicolons_in_strings_and_names_do_not_count() {
        is_one("SELECT 'a;b', 'it''s; so', \"a;\"\"b;\"");
        is_one(r"SELECT 'a\', ';'");
        is_one("SELECT U&'a;', N'b;', B'0;'");
    }

    #[test]
    fn backslashes_count_after_an_e_only() {
        is_one(r"SELECT E'a\';b', e'\\', E'''\';'");
        is_one(r"SELECT type'\'");
        is_one("SELECT E'a'  -- goes on\n  '\\';b'");
        is_one(r"SELECT E'a' 'b\'");
    }

    #[test]
    fn dollar_quotes_have_tags() {
        is_one("SELECT $$a;$b$;$$, $b$ $$ ; $c$ ; $b$");
        is_one("SELECT $ä$;$ä$");
        is_one("DO $do$ BEGIN EXECUTE $$SELECT 1;$$; END; $do$");
    }

    #[test]
    fn a_dollar_in_a_name_or_a_parameter_quotes_nothing() {
        assert_eq!(texts("SELECT a$b$c; SELECT d$b$e").len(), 2);
        assert_eq!(texts("SELECT $1; SELECT $1").len(), 2);
        assert_eq!(texts("SELECT 1$$;$$").len(), 1);
    }

    #[test]
    fn comments_are_within_comments() {
        is_one("SELECT /* a; /* b; */ c; */ 1 -- d;\n + 2");
        is_one("SELECT 1 - -1");
    }

    #[test]
    fn what_begin_atomic_holds_is_one_statement() {
        is_one("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END");
        is_one(
            "create or replace procedure p() begin /* */ atomic SELECT CASE WHEN a THEN 1 END; SELECT x.end; end",
        );
        is_one("CREATE FUNCTION begin() RETURNS int RETURN 1");
    }

    #[test]
    fn begin_alone_ends_at_its_semicolon() {
        assert_eq!(texts("BEGIN; SELECT 1; END"), ["BEGIN", "SELECT 1", "END"]);
        assert_eq!(texts("BEGIN ATOMIC; SELECT 1").len(), 2);
    }

    #[test]
    fn the_commands_of_a_rule_are_in_parentheses() {
        is_one("CREATE OR REPLACE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)");
        assert_eq!(texts("SELECT (1; SELECT 2").len(), 2);
    }

    #[test]
    fn what_does_not_end_goes_to_the_end() {
        for sql in [
            "SELECT 'a; b",
            "SELECT \"a; b",
            "SELECT $a$; $b$",
            "SELECT E'\\",
        ] {
            assert_eq!(texts(sql), [sql], "for {sql}");
        }
        assert_eq!(texts("SELECT 1 /* ; /* */"), ["SELECT 1"]);
    }

    #[test]
    fn no_character_is_cut() {
        assert_eq!(
            texts("SELECT 'ü'; é; E'\\ü;'; $ü; ü"),
            ["SELECT 'ü'", "é", "E'\\ü;'", "$ü", "ü"]
        );
    }
}
