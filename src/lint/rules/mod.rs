//! The rules, one file each, and the list of them.

mod prelude;
mod support;
mod tokens;

/// Declares the rule modules of each group and the slice of all rules.
macro_rules! rules {
    ($($group:ident { $($file:ident::$name:ident)* })*) => {
        $(mod $group { $(pub(super) mod $file;)* })*

        pub(super) static RULES: &[&dyn super::rule::Rule] = &[$($(&$group::$file::$name,)*)*];
    };
}

// one line a rule, sorted in its group
rules! {
    authz {
        rego_default_allow_true::RegoDefaultAllowTrue
        rego_jwt_decode_unverified::RegoJwtDecodeUnverified
        rego_jwt_missing_aud::RegoJwtMissingAud
    }
    bugs {
        constant_condition::ConstantCondition
    }
    idiomatic {
        use_contains::UseContains
        use_if::UseIf
    }
    imports {
        implicit_future_keywords::ImplicitFutureKeywords
        redundant_alias::RedundantAlias
        use_rego_v1::UseRegoV1
    }
    meta {
        expired_suppression::ExpiredSuppression
        invalid_suppression::InvalidSuppression
        unused_suppression::UnusedSuppression
    }
    style {
        no_whitespace_comment::NoWhitespaceComment
        opa_fmt::OpaFmt
        prefer_snake_case::PreferSnakeCase
        todo_comment::TodoComment
        use_assignment_operator::UseAssignmentOperator
    }
    syntax {
        syntax_error::SyntaxError
    }
}
