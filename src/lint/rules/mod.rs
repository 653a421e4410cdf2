//! The rules, one file each, and the list of them.

mod opa_view;
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
        avoid_get_and_list_prefix::AvoidGetAndListPrefix
        default_over_else::DefaultOverElse
        double_negative::DoubleNegative
        file_length::FileLength
        line_length::LineLength
        messy_rule::MessyRule
        no_whitespace_comment::NoWhitespaceComment
        opa_fmt::OpaFmt
        pointless_reassignment::PointlessReassignment
        prefer_snake_case::PreferSnakeCase
        rule_length::RuleLength
        todo_comment::TodoComment
        trailing_default_rule::TrailingDefaultRule
        unconditional_assignment::UnconditionalAssignment
        unnecessary_some::UnnecessarySome
        use_assignment_operator::UseAssignmentOperator
        yoda_condition::YodaCondition
    }
    syntax {
        syntax_error::SyntaxError
    }
}
