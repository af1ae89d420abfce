//! The words of a statement, for what is told by its first ones, and for what the parser does not know.

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// Returns the tokens of `sql` with the space between them.
pub(super) fn read(sql: &str) -> Result<Vec<TokenWithSpan>, String> {
    Tokenizer::new(&PostgreSqlDialect {}, sql)
        .tokenize_with_location()
        .map_err(|error| error.message)
}

/// Returns the tokens without space and comments.
pub(super) fn solid(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let is_solid = |it: &&TokenWithSpan| !matches!(it.token, Token::Whitespace(_) | Token::EOF);
    tokens.iter().filter(is_solid).cloned().collect()
}

/// Returns whether the token is this word, and not in quotes.
pub(super) fn is_word(token: Option<&TokenWithSpan>, word: &str) -> bool {
    matches!(token.map(|it| &it.token), Some(Token::Word(it))
        if it.quote_style.is_none() && it.value.eq_ignore_ascii_case(word))
}

/// Returns whether the token is one of these words, and not in quotes.
pub(super) fn is_any(token: Option<&TokenWithSpan>, words: &[&str]) -> bool {
    words.iter().any(|word| is_word(token, word))
}

/// Returns whether the tokens begin with these words.
pub(super) fn begins(tokens: &[TokenWithSpan], words: &[&str]) -> bool {
    let mut at = words.iter().enumerate();
    at.all(|(index, word)| is_word(tokens.get(index), word))
}

/// Returns the tokens behind those that are one of `words`.
pub(super) fn skip<'a>(tokens: &'a [TokenWithSpan], words: &[&str]) -> &'a [TokenWithSpan] {
    let end = tokens.iter().position(|it| !is_any(Some(it), words));
    &tokens[end.unwrap_or(tokens.len())..]
}

/// Returns the last tokens, as many as there are of that number.
pub(super) fn last(tokens: &[TokenWithSpan], number: usize) -> &[TokenWithSpan] {
    &tokens[tokens.len().saturating_sub(number)..]
}

/// Returns the name that the token is, as PostgreSQL folds it.
pub(super) fn name(token: Option<&TokenWithSpan>) -> Option<String> {
    match &token?.token {
        Token::Word(word) => Some(folded(&word.value, word.quote_style.is_some())),
        _ => None,
    }
}

pub(super) fn folded(name: &str, is_quoted: bool) -> String {
    if is_quoted {
        name.to_owned()
    } else {
        name.to_ascii_lowercase()
    }
}

/// Returns the text of the token if it is a string.
pub(super) fn text(token: Option<&TokenWithSpan>) -> Option<&str> {
    match &token?.token {
        Token::DollarQuotedString(text) => Some(&text.value),
        Token::SingleQuotedString(text)
        | Token::EscapedStringLiteral(text)
        | Token::UnicodeStringLiteral(text)
        | Token::NationalStringLiteral(text) => Some(text),
        _ => None,
    }
}

pub(super) fn is_dot(token: Option<&TokenWithSpan>) -> bool {
    token.is_some_and(|it| it.token == Token::Period)
}

/// Names with dots between them, or one without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) start: Location,
    /// Which of the tokens is the first.
    pub(super) at: usize,
    pub(super) parts: Vec<String>,
}

impl Chain {
    /// Returns the index of the token behind it.
    pub(super) fn end(&self) -> usize {
        self.at + 2 * self.parts.len() - 1
    }

    /// The schema, if there is one, and the name of what is in it.
    pub(super) fn object(&self) -> (Option<&str>, &str) {
        object(&self.parts)
    }
}

/// The schema, if there is one, and the name of what is in it.
pub(super) fn object(parts: &[String]) -> (Option<&str>, &str) {
    match parts {
        [] => (None, ""),
        [name] => (None, name),
        [.., schema, name] => (Some(schema), name),
    }
}

/// Returns all names.
pub(super) fn chains(tokens: &[TokenWithSpan]) -> Vec<Chain> {
    let mut chains = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match chain(tokens, at) {
            Some(chain) => {
                at = chain.end();
                chains.push(chain);
            }
            None => at += 1,
        }
    }
    chains
}

/// Returns the name that begins at the token, with what dots join to it.
pub(super) fn chain(tokens: &[TokenWithSpan], at: usize) -> Option<Chain> {
    // `(row).field` begins with no name.
    if at.checked_sub(1).is_some_and(|it| is_dot(tokens.get(it))) {
        return None;
    }
    let mut parts = vec![name(tokens.get(at))?];
    let mut next = at + 1;
    while is_dot(tokens.get(next)) {
        let Some(part) = name(tokens.get(next + 1)) else {
            break;
        };
        parts.push(part);
        next += 2;
    }
    let start = tokens[at].span.start;
    Some(Chain { start, at, parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solid_of(sql: &str) -> Vec<TokenWithSpan> {
        solid(&read(sql).unwrap())
    }

    #[test]
    fn names_are_folded_unless_in_quotes() {
        let tokens = solid_of("Ab \"Ab\"");
        assert_eq!(name(tokens.first()).as_deref(), Some("ab"));
        assert_eq!(name(tokens.get(1)).as_deref(), Some("Ab"));
        assert!(is_word(tokens.first(), "AB"));
        assert!(!is_word(tokens.get(1), "AB"));
    }

    #[test]
    fn chains_are_what_dots_join() {
        let parts = |sql: &str| -> Vec<String> {
            let chains = chains(&solid_of(sql));
            chains.iter().map(|it| it.parts.join("/")).collect()
        };
        assert_eq!(parts("a.B . \"C\", d"), ["a/b/C", "d"]);
        assert_eq!(parts("(g).h.i, j.*, 'k.l', 1.5"), ["g", "j"]);
        assert_eq!(parts("a /* b.c */ .d"), ["a/d"]);
    }

    #[test]
    fn strings_have_their_text() {
        let tokens = solid_of("'it''s' $a$ b $a$ E'c\\'d' x");
        let texts: Vec<_> = tokens.iter().map(|it| text(Some(it))).collect();
        assert_eq!(texts, [Some("it's"), Some(" b "), Some("c'd"), None]);
    }

    #[test]
    fn text_that_does_not_end_is_an_error() {
        for sql in ["'a", "\"a", "$a$ b", "/* a"] {
            assert!(read(sql).is_err(), "for {sql}");
        }
    }
}
