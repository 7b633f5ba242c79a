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
}
{
    <INTERVAL> { s = span(); } [ LOOKAHEAD(2) <LPAREN> UnsignedIntLiteral() <RPAREN> ] {
        return new PostgresTypeNameSpec("interval", -1, 0, 0, s.end(this));
    }
|
    type = PostgresTypeName() {
        return type;
    }
}

void PostgresBinary(List<Object> list, ExprContext exprContext, Span s) :
{
    final SqlTypeNameSpec type;
    final SqlOperator op;
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
    (
        <REGEX_MATCH> { op = SqlStdOperatorTable.POSIX_REGEX_CASE_SENSITIVE; }
    |
        <REGEX_MATCH_INSENSITIVE> { op = SqlStdOperatorTable.POSIX_REGEX_CASE_INSENSITIVE; }
    |
        <REGEX_NO_MATCH> { op = SqlStdOperatorTable.NEGATED_POSIX_REGEX_CASE_SENSITIVE; }
    |
        <REGEX_NO_MATCH_INSENSITIVE> { op = SqlStdOperatorTable.NEGATED_POSIX_REGEX_CASE_INSENSITIVE; }
    )
    {
        checkNonQueryExpression(exprContext);
        list.add(new SqlParserUtil.ToTreeListItem(op, getPos()));
    }
    AddExpression2b(list, ExprContext.ACCEPT_SUB_QUERY)
}
