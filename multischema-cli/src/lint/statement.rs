//! One statement: its tokens, and its tree if the parser knows it.

use sqlparser::ast::Statement as Tree;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens;

/// How many tokens may follow each other without a comma or a bracket around them: the tree of `1 + 1 + …` is as deep as
/// it is long, and the stack is not.
const LONGEST_RUN: usize = 20_000;

#[derive(Debug)]
pub(super) struct Statement {
    /// Without space and comments; none if they could not be told apart.
    pub(super) tokens: Vec<TokenWithSpan>,
    /// The tree, or why there is none.
    pub(super) tree: Result<Tree, String>,
}

impl Statement {
    pub(super) fn read(sql: &str) -> Self {
        match tokens::read(sql) {
            Err(reason) => Self {
                tokens: Vec::new(),
                tree: Err(reason),
            },
            Ok(all) => Self {
                tokens: tokens::solid(&all),
                tree: parse(all),
            },
        }
    }
}

fn parse(tokens: Vec<TokenWithSpan>) -> Result<Tree, String> {
    if longest_run(&tokens) > LONGEST_RUN {
        return Err("an expression is too long".to_owned());
    }
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
    let tree = parser.parse_statement().map_err(|error| reason(&error))?;
    match parser.peek_token().token {
        Token::EOF => Ok(tree),
        other => Err(format!("Expected: end of statement, found: {other}")),
    }
}

/// The parser's words, without a position, as it would be that in the statement, and without a list of all it knows.
fn reason(error: &ParserError) -> String {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
        ParserError::RecursionLimitExceeded => "it is nested too deeply",
    };
    let text = text.rsplit_once(" at Line:").map_or(text, |(text, _)| text);
    match text.rsplit_once(", found:") {
        Some((expected, found)) if expected.len() > 80 => format!("unexpected:{found}"),
        _ => text.to_owned(),
    }
}

fn longest_run(tokens: &[TokenWithSpan]) -> usize {
    let mut longest = 0;
    let mut runs = vec![0];
    for token in tokens {
        match token.token {
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket => runs.push(0),
            Token::RParen | Token::RBracket if runs.len() > 1 => {
                runs.pop();
            }
            _ => {}
        }
        if let Some(run) = runs.last_mut() {
            *run = if token.token == Token::Comma {
                0
            } else {
                *run + 1
            };
            longest = longest.max(*run);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_short_and_has_no_position() {
        let reason = |sql| Statement::read(sql).tree.unwrap_err();
        assert_eq!(reason("SELECT 1 FROM"), "Expected: identifier, found: EOF");
        assert_eq!(reason("DROP OWNED BY bob"), "unexpected: OWNED");
        assert_eq!(
            reason("SELECT 1 UNLESS 2"),
            "Expected: end of statement, found: 2"
        );
    }

    #[test]
    fn many_rows_are_not_too_long() {
        let rows = "(1, 'a'), ".repeat(20_000);
        let sql = format!("INSERT INTO t VALUES {rows} (2, 'b')");
        assert!(Statement::read(&sql).tree.is_ok());
    }
}
