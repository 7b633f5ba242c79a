<#-- Types and operators as PostgreSQL writes them. -->

SqlTypeNameSpec PostgresTypeName() :
{
    final Span s;
    String name;
    int precision = -1;
    int scale = 0;
    int dimensions = 0;
    SqlIdentifier identifier;
}
{
    { s = Span.of(); }
    (
        LOOKAHEAD(2) <DOUBLE> <PRECISION> { name = "double precision"; s.add(this); }
    |
        LOOKAHEAD(2) <CHARACTER> <VARYING> { name = "varchar"; s.add(this); }
    |
        identifier = CompoundIdentifier() {
            s.add(identifier.getParserPosition());
            name = PostgresTypeNameSpec.nameOf(identifier);
        }
    )
    [
        LOOKAHEAD(2)
        <LPAREN> precision = UnsignedIntLiteral() [ <COMMA> scale = UnsignedIntLiteral() ] <RPAREN>
    ]
    [
        LOOKAHEAD(3)
        <WITH> <TIME> <ZONE> { name = name + " with time zone"; }
    |
        LOOKAHEAD(3)
        <WITHOUT> <TIME> <ZONE>
    ]
    (
        LOOKAHEAD(2)
        <LBRACKET> [ UnsignedIntLiteral() ] <RBRACKET> { dimensions++; }
    )*
    {
        return new PostgresTypeNameSpec(name, precision, scale, dimensions, s.end(this));
    }
}

/** A type where INTERVAL begins nothing else. */
SqlTypeNameSpec PostgresTypeOrInterval() :
{
    final Span s;
    final SqlTypeNameSpec type;
    int dimensions = 0;
}
{
    <INTERVAL> { s = span(); } [ LOOKAHEAD(2) <LPAREN> UnsignedIntLiteral() <RPAREN> ]
    (
        LOOKAHEAD(2)
        <LBRACKET> [ UnsignedIntLiteral() ] <RBRACKET> { dimensions++; }
    )*
    {
        return new PostgresTypeNameSpec("interval", -1, 0, dimensions, s.end(this));
    }
|
    type = PostgresTypeName() {
        return type;
    }
}

/** A type's name before a quoted constant, where it is no word of SQL: timestamptz '2024-02-29 12:00:00+01'. */
SqlNode TypedLiteral() :
{
    final Span s;
    final SqlTypeNameSpec type;
    final String value;
}
{
    <IDENTIFIER> {
        s = span();
        type = new PostgresTypeNameSpec(unquotedIdentifier(), -1, 0, 0, getPos());
    }
    value = SimpleStringLiteral() {
        return SqlStdOperatorTable.CAST.createCall(s.end(this),
            SqlLiteral.createCharString(value, getPos()), new SqlDataTypeSpec(type, type.getParserPos()));
    }
}

void PostgresBinary(List<Object> list, ExprContext exprContext, Span s) :
{
    final SqlTypeNameSpec type;
    final SqlIdentifier collation;
    final SqlOperator op;
    final SqlNode e;
}
{
    <INFIX_CAST> {
        checkNonQueryExpression(exprContext);
        list.add(new SqlParserUtil.ToTreeListItem(PostgresOperators.INFIX_CAST, s.pos()));
    }
    type = PostgresTypeOrInterval() {
        list.add(new SqlDataTypeSpec(type, type.getParserPos()));
    }
|
    <AT> <TIME> <ZONE> {
        checkNonQueryExpression(exprContext);
        list.add(new SqlParserUtil.ToTreeListItem(PostgresOperators.AT_TIME_ZONE, getPos()));
    }
    AddExpression2b(list, ExprContext.ACCEPT_SUB_QUERY)
|
    <COLLATE> {
        checkNonQueryExpression(exprContext);
        list.add(new SqlParserUtil.ToTreeListItem(PostgresOperators.COLLATE, getPos()));
    }
    collation = CompoundIdentifier() {
        list.add(collation);
    }
|
    (
        <REGEX_MATCH> { op = SqlStdOperatorTable.POSIX_REGEX_CASE_SENSITIVE; }
    |
        <REGEX_MATCH_INSENSITIVE> { op = SqlStdOperatorTable.POSIX_REGEX_CASE_INSENSITIVE; }
    |
        <REGEX_NO_MATCH> { op = SqlStdOperatorTable.NEGATED_POSIX_REGEX_CASE_SENSITIVE; }
    |
        <REGEX_NO_MATCH_INSENSITIVE> { op = SqlStdOperatorTable.NEGATED_POSIX_REGEX_CASE_INSENSITIVE; }
    |
        ( <CONCAT> | <ARROW> | <ARROW_TEXT> | <HASH_ARROW> | <HASH_ARROW_TEXT> | <HASH_MINUS> | <CONTAINS_ALL> | <CONTAINED_IN> | <HOOK> | <HAS_ANY>
        | <HAS_ALL> | <OVERLAP> | <AMPERSAND> | <VERTICAL_BAR> | <HASH> | <LEFTSHIFT> | <RIGHTSHIFT> | <CARET> ) {
            op = PostgresOperators.infix(getToken(0).image);
        }
    )
    {
        checkNonQueryExpression(exprContext);
        list.add(new SqlParserUtil.ToTreeListItem(op, getPos()));
    }
    (
        e = Quantified() { list.add(e); }
    |
        AddExpression2b(list, ExprContext.ACCEPT_SUB_QUERY)
    )
}

/** What stands behind an operator that compares with each element of an array: ANY (patterns). */
SqlNode Quantified() :
{
    final Span s;
    final SqlOperator op;
    final SqlNodeList array;
}
{
    (
        ( <ANY> | <SOME> ) { op = PostgresOperators.ANY_ELEMENT; }
    |
        <ALL> { op = PostgresOperators.ALL_ELEMENTS; }
    )
    { s = span(); }
    array = ParenthesizedQueryOrCommaList(ExprContext.ACCEPT_NONCURSOR) {
        return op.createCall(s.end(this), array.get(0));
    }
}

/** A subscript, or the two between which a part of an array lies, of which either may be left out. */
SqlNode Subscript() :
{
    final Span s = Span.of();
    SqlNode from = null;
    SqlNode to = null;
    boolean slice = false;
}
{
    (
        from = Expression(ExprContext.ACCEPT_SUB_QUERY) { s.add(from); }
        [
            <COLON> { slice = true; s.add(this); }
            [ to = Expression(ExprContext.ACCEPT_SUB_QUERY) { s.add(to); } ]
        ]
    |
        <COLON> { slice = true; s.add(this); }
        [ to = Expression(ExprContext.ACCEPT_SUB_QUERY) { s.add(to); } ]
    )
    {
        return slice ? PostgresOperators.slice(from, to, s.pos()) : from;
    }
}

/** SELECT DISTINCT ON (a, b): kept among the select's hints, where it survives copies of the select. */
void DistinctOn(List<SqlNode> hints) :
{
    final Span s;
    final List<SqlNode> keys = new ArrayList<SqlNode>();
    SqlNode key;
}
{
    <DISTINCT> { s = span(); } <ON>
    <LPAREN>
    key = Expression(ExprContext.ACCEPT_SUB_QUERY) { keys.add(key); }
    (
        <COMMA> key = Expression(ExprContext.ACCEPT_SUB_QUERY) { keys.add(key); }
    )*
    <RPAREN>
    {
        hints.add(PostgresOperators.DISTINCT_ON.createCall(new SqlNodeList(keys, s.end(this))));
    }
}

/** A function in FROM, whose rows may be numbered. */
SqlNode WithOrdinality(SqlNode call) :
{
}
{
    [
        LOOKAHEAD(2)
        <WITH> <ORDINALITY> {
            return PostgresOperators.WITH_ORDINALITY.createCall(Span.of(call).end(this), call);
        }
    ]
    { return call; }
}

/** The order of an aggregate's values, behind its arguments. */
void AggregateOrder(List<SqlNode> arguments) :
{
    final SqlNodeList order;
}
{
    [ order = OrderBy(true) { arguments.add(order); } ]
}
