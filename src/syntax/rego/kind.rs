use crate::syntax::tree::SyntaxKind;

/// Kinds of tokens and nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    // -- trivia
    /// Blanks, tabs and carriage returns without a line feed.
    Whitespace,
    /// A run of white space with at least one line feed.
    Newline,
    /// `#` to the end of the line, the line break excluded.
    Comment,

    // -- tokens
    Ident,
    Number,
    /// `"…"`
    String,
    /// `` `…` ``
    RawString,
    /// `$"` or `` $` ``
    TemplateStart,
    /// Literal text between the expressions of a template.
    TemplateText,
    /// The closing quote of a template.
    TemplateEnd,
    PackageKw,
    ImportKw,
    AsKw,
    DefaultKw,
    ElseKw,
    NotKw,
    SomeKw,
    WithKw,
    NullKw,
    TrueKw,
    FalseKw,
    // opt-in: the lexer always gives these; the parser turns them into `Ident` where they are not on.
    // Any keyword that is used as a name (`input.if`, `not.x`) is an `Ident` in the tree
    IfKw,
    ContainsKw,
    InKw,
    EveryKw,
    AndKw,
    OrKw,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Ampersand,
    Pipe,
    EqualEqual,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// `=`
    Equal,
    /// `:=`
    Assign,
    Dot,
    Comma,
    Colon,
    Semicolon,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    /// A character or literal that no token starts with or that is not terminated.
    Unknown,
    EndOfFile,

    // -- nodes
    /// The root: `Package? (Import | Rule)*`.
    Module,
    /// `package` term
    Package,
    /// `import` term (`as` Ident)?
    Import,
    /// `default`? Head (`if`? Body)? Body* Else* — more than one Body: chained bodies.
    Rule,
    /// name (Var or Ref), Args?, (`contains` expr)?, (`:=` or `=` expr)?
    Head,
    /// `(` expr, … `)` of a head
    Args,
    /// `else` ((`:=` or `=`) expr)? `if`? Body?
    Else,
    /// `{` Literal … `}`, or a lone Literal (after `if` without braces, and in comprehensions)
    Body,
    /// One statement: `not`? (SomeDecl | SomeIn | Every | expr | Body) With*
    Literal,
    /// `some` Var, …
    SomeDecl,
    /// `some` expr (`,` expr)? `in` expr
    SomeIn,
    /// `every` Var (`,` Var)? `in` expr Body
    Every,
    /// `with` target `as` expr
    With,
    /// expr op expr; op is an own token: arithmetic, sets, comparison, `=`, `:=`
    Infix,
    /// (expr `,`)? expr `in` expr
    Membership,
    /// Literal (`and` or `or`) Literal; an operand may be a Body in braces
    Logical,
    /// `-` expr
    Negative,
    /// `(` expr `)`; a group of `and`, `or`, `not` or `with`: `(` Literal `)`
    Paren,
    /// Number, String, RawString, `true`, `false`, `null` (one token; a number may have `-` and `.` as tokens before it)
    Scalar,
    Var,
    /// operand RefPart+ ; the operand is a Var, Call, Array, Object, Set, a comprehension, String or Paren
    Ref,
    /// `.` name
    RefDot,
    /// `[` expr `]`
    RefBracket,
    /// callee (Var or Ref) CallArgs
    Call,
    /// `(` expr, … `)`
    CallArgs,
    Array,
    /// `{` ObjectItem, … `}`
    Object,
    /// expr `:` expr
    ObjectItem,
    /// `{` expr, … `}` or `set()`
    Set,
    /// `[` expr `|` Body `]`
    ArrayComprehension,
    /// `{` expr `|` Body `}`
    SetComprehension,
    /// `{` ObjectItem `|` Body `}`
    ObjectComprehension,
    /// TemplateStart (TemplateText | TemplateExpr)* TemplateEnd
    Template,
    /// `{` Literal `}`
    TemplateExpr,
    /// Tokens that fit nowhere.
    Error,
}

impl SyntaxKind for Kind {
    fn is_trivia(self) -> bool {
        matches!(self, Self::Whitespace | Self::Newline | Self::Comment)
    }
}
