<#-- The statements of tables.sql and views.sql. -->

boolean IfNotExists() :
{
}
{
    [ LOOKAHEAD(2) <IF> <NOT> <EXISTS> ]
    {
        return true;
    }
}

SqlNode CreateTable() :
{
    final Span s;
    final SqlIdentifier name;
    final List<TableColumn> columns = new ArrayList<TableColumn>();
    final List<TableConstraint> constraints = new ArrayList<TableConstraint>();
    List<StatementOption> options = new ArrayList<StatementOption>();
}
{
    <CREATE> { s = span(); } <TABLE> IfNotExists()
    name = CompoundIdentifier()
    <LPAREN>
    [
        TableElement(columns, constraints)
        ( <COMMA> TableElement(columns, constraints) )*
    ]
    <RPAREN>
    [ <WITH> options = Options() ]
    {
        return new CreateTableStatement(s.end(this), name, columns, constraints, options);
    }
}

void TableElement(List<TableColumn> columns, List<TableConstraint> constraints) :
{
}
{
    LOOKAHEAD( <CONSTRAINT> | <PRIMARY> <KEY> | <UNIQUE> | <CHECK> <LPAREN> | <FOREIGN> <KEY> )
    Constraint(constraints)
|
    Column(columns, constraints)
}

void Constraint(List<TableConstraint> constraints) :
{
    SqlNodeList names;
    final Span s = Span.of();
}
{
    [ <CONSTRAINT> SimpleIdentifier() ]
    (
        <PRIMARY> <KEY> names = ParenthesizedSimpleIdentifierList() {
            constraints.add(new TableConstraint(TableConstraint.Kind.PRIMARY_KEY, names, s.end(this)));
        }
    |
        <UNIQUE> names = ParenthesizedSimpleIdentifierList() {
            constraints.add(new TableConstraint(TableConstraint.Kind.UNIQUE, names, s.end(this)));
        }
    |
        <CHECK> Parenthesized()
    |
        <FOREIGN> <KEY> ParenthesizedSimpleIdentifierList() References()
    )
    Deferral()
}

void Deferral() :
{
}
{
    [ LOOKAHEAD(2) <NOT> <DEFERRABLE> | <DEFERRABLE> ]
    [ <INITIALLY> SimpleIdentifier() ]
}

void Parenthesized() :
{
}
{
    <LPAREN> Expression(ExprContext.ACCEPT_SUB_QUERY) <RPAREN>
}

void References() :
{
}
{
    <REFERENCES> CompoundIdentifier()
    [ ParenthesizedSimpleIdentifierList() ]
    ( <ON> ( <DELETE> | <UPDATE> )
      ( <NO> <ACTION> | <CASCADE> | <RESTRICT> | <SET> ( <NULL> | <DEFAULT_> ) ) )*
}

void Column(List<TableColumn> columns, List<TableConstraint> constraints) :
{
    final SqlIdentifier name;
    final SqlTypeNameSpec type;
    boolean nullable = true;
    SqlNodeList self;
}
{
    name = SimpleIdentifier()
    type = PostgresTypeOrInterval()
    (
        <NOT> <NULL> { nullable = false; }
    |
        <NULL>
    |
        <PRIMARY> <KEY> {
            nullable = false;
            self = new SqlNodeList(ImmutableList.of(name), name.getParserPosition());
            constraints.add(new TableConstraint(TableConstraint.Kind.PRIMARY_KEY, self, name.getParserPosition()));
        }
    |
        <UNIQUE> {
            self = new SqlNodeList(ImmutableList.of(name), name.getParserPosition());
            constraints.add(new TableConstraint(TableConstraint.Kind.UNIQUE, self, name.getParserPosition()));
        }
    |
        <DEFAULT_> Expression3(ExprContext.ACCEPT_NON_QUERY) ( <INFIX_CAST> PostgresTypeOrInterval() )*
    |
        <CHECK> Parenthesized()
    |
        References()
    |
        <COLLATE> CompoundIdentifier()
    |
        <CONSTRAINT> SimpleIdentifier()
    |
        <GENERATED>
        ( LOOKAHEAD(3) <ALWAYS> <AS> <LPAREN> Expression(ExprContext.ACCEPT_SUB_QUERY) <RPAREN> <STORED>
        | ( <ALWAYS> | <BY> <DEFAULT_> ) <AS> <IDENTITY> { nullable = false; } [ SequenceOptions() ] )
    )*
    {
        columns.add(new TableColumn(name, (PostgresTypeNameSpec) type, nullable));
    }
}

void SequenceOptions() :
{
}
{
    <LPAREN>
    ( CompoundIdentifier() | UnsignedNumericLiteral() | <MINUS> | <WITH> | <BY> )*
    <RPAREN>
}

List<StatementOption> Options() :
{
    final List<StatementOption> options = new ArrayList<StatementOption>();
    SqlIdentifier name;
    SqlNode value;
}
{
    <LPAREN>
    name = SimpleIdentifier() <EQ> value = StringLiteral() { options.add(new StatementOption(name, value)); }
    ( <COMMA> name = SimpleIdentifier() <EQ> value = StringLiteral() {
        options.add(new StatementOption(name, value)); } )*
    <RPAREN>
    {
        return options;
    }
}

SqlNode CreateEnum() :
{
    final Span s;
    final SqlIdentifier name;
    final List<SqlNode> labels = new ArrayList<SqlNode>();
    SqlNode label;
}
{
    <CREATE> { s = span(); } <TYPE> name = CompoundIdentifier() <AS> <ENUM>
    <LPAREN>
    [
        label = StringLiteral() { labels.add(label); }
        ( <COMMA> label = StringLiteral() { labels.add(label); } )*
    ]
    <RPAREN>
    {
        return new CreateEnumStatement(s.end(this), name, labels);
    }
}

SqlNode CreateView() :
{
    final Span s;
    final SqlIdentifier name;
    final List<SqlNode> columns = new ArrayList<SqlNode>();
    final List<TableConstraint> keys = new ArrayList<TableConstraint>();
    final SqlParserPos as;
    final SqlNode query;
}
{
    <CREATE> { s = span(); }
    ( LOOKAHEAD(2) <OR> <REPLACE> [ <MATERIALIZED> ] <VIEW> | <MATERIALIZED> <VIEW> | <VIEW> )
    IfNotExists()
    name = CompoundIdentifier()
    [ <LPAREN> ViewElement(columns, keys) ( <COMMA> ViewElement(columns, keys) )* <RPAREN> ]
    <AS> { as = getPos(); }
    query = OrderedQueryOrExpr(ExprContext.ACCEPT_QUERY)
    {
        return new CreateViewStatement(s.end(this), name, columns, keys, as, query);
    }
}

void ViewElement(List<SqlNode> columns, List<TableConstraint> keys) :
{
    final Span s;
    final SqlNodeList key;
    final SqlIdentifier column;
}
{
    LOOKAHEAD( <CONSTRAINT> | <PRIMARY> <KEY> )
    [ <CONSTRAINT> SimpleIdentifier() ] <PRIMARY> { s = span(); } <KEY> key = ParenthesizedSimpleIdentifierList() {
        keys.add(new TableConstraint(TableConstraint.Kind.PRIMARY_KEY, key, s.end(this)));
    }
|
    column = SimpleIdentifier() { columns.add(column); }
}

SqlNode CreateIndex() :
{
    final Span s;
    boolean unique = false;
    SqlIdentifier name = null;
    final SqlIdentifier view;
    SqlIdentifier method = null;
    final List<IndexColumn> columns = new ArrayList<IndexColumn>();
}
{
    <CREATE> { s = span(); } [ <UNIQUE> { unique = true; } ] <INDEX>
    [ IfNotExists() name = SimpleIdentifier() ]
    <ON> view = CompoundIdentifier()
    [ <USING> method = SimpleIdentifier() ]
    <LPAREN> IndexColumn(columns) ( <COMMA> IndexColumn(columns) )* <RPAREN>
    {
        return new CreateIndexStatement(s.end(this), unique, name, view, method, columns);
    }
}

void IndexColumn(List<IndexColumn> columns) :
{
    final SqlIdentifier name;
    boolean descending = false;
    boolean nullsFirst;
}
{
    name = SimpleIdentifier()
    [ <ASC> | <DESC> { descending = true; } ]
    { nullsFirst = descending; }
    [ <NULLS> ( <FIRST> { nullsFirst = true; } | <LAST> { nullsFirst = false; } ) ]
    {
        columns.add(new IndexColumn(name, descending, nullsFirst));
    }
}

SqlNode CreateSink() :
{
    final Span s;
    final SqlIdentifier name;
    final SqlIdentifier source;
    final List<StatementOption> options;
}
{
    <CREATE> { s = span(); } <SINK> name = SimpleIdentifier() <FROM> source = CompoundIdentifier()
    <WITH> options = Options()
    {
        return new CreateSinkStatement(s.end(this), name, source, options);
    }
}

SqlNode AlterTable() :
{
    final Span s;
    final SqlIdentifier table;
    final List<TableConstraint> constraints = new ArrayList<TableConstraint>();
    boolean full = false;
}
{
    <ALTER> { s = span(); } <TABLE> [ <ONLY> ] table = CompoundIdentifier()
    (
        <ADD> Constraint(constraints)
        {
            return new AddConstraintStatement(s.end(this), table, constraints);
        }
    |
        SimpleIdentifier() <IDENTITY>
        ( <FULL> { full = true; } | <DEFAULT_> | <USING> <INDEX> SimpleIdentifier() | SimpleIdentifier() )
        {
            return new ReplicaIdentityStatement(s.end(this), table, full);
        }
    )
}
