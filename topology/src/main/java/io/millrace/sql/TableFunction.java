package io.millrace.sql;

import io.millrace.catalog.SqlType;
import io.millrace.sql.Signature.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCallBinding;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperandCountRange;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlOperatorBinding;
import org.apache.calcite.sql.SqlTableFunction;
import org.apache.calcite.sql.type.ReturnTypes;
import org.apache.calcite.sql.type.SqlOperandCountRanges;
import org.apache.calcite.sql.type.SqlOperandTypeChecker;
import org.apache.calcite.sql.type.SqlReturnTypeInference;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;

/** A function that gives any number of rows for its arguments, with PostgreSQL's overloads. */
final class TableFunction extends SqlFunction implements SqlTableFunction, Overloaded {
    /** The name of the column that WITH ORDINALITY adds. */
    static final String ORDINALITY = "ordinality";

    private static final String UNNEST = "unnest";

    private static final String SUBSCRIPTS = "generate_subscripts";

    /** The names of the columns that the function itself names; others take the function's name, or the alias. */
    private static final Map<String, List<String>> NAMED_COLUMNS = Map.of(
            "json_array_elements", List.of("value"),
            "jsonb_array_elements", List.of("value"),
            "json_array_elements_text", List.of("value"),
            "jsonb_array_elements_text", List.of("value"),
            "json_each", List.of("key", "value"),
            "jsonb_each", List.of("key", "value"),
            "json_each_text", List.of("key", "value"),
            "jsonb_each_text", List.of("key", "value"));

    /** The functions whose last column may be NULL. */
    private static final Set<String> GIVE_NULL = Set.of(
            UNNEST,
            "json_array_elements_text",
            "jsonb_array_elements_text",
            "json_each_text",
            "jsonb_each_text",
            "string_to_table");

    private static final Map<String, List<Form>> FORMS = forms();

    private static final Map<String, TableFunction> PLAIN = all(false);
    private static final Map<String, TableFunction> NUMBERED = all(true);

    private final boolean ordinality;

    /** An overload and the types of the columns of its rows. */
    private record Form(Signature signature, List<SqlType> columns) {}

    private TableFunction(String name, boolean ordinality) {
        super(
                name,
                SqlKind.OTHER_FUNCTION,
                ReturnTypes.CURSOR,
                null,
                new Arguments(),
                SqlFunctionCategory.USER_DEFINED_TABLE_FUNCTION);
        this.ordinality = ordinality;
    }

    /**
     * The function of that name.
     *
     * @param ordinality whether its rows are numbered
     */
    static Optional<TableFunction> of(String name, boolean ordinality) {
        return Optional.ofNullable((ordinality ? NUMBERED : PLAIN).get(name));
    }

    /** The names of all of them, in order. */
    static Set<String> names() {
        return new TreeSet<>(FORMS.keySet());
    }

    private static Map<String, TableFunction> all(boolean ordinality) {
        Map<String, TableFunction> all = new HashMap<>();
        FORMS.keySet().forEach(name -> all.put(name, new TableFunction(name, ordinality)));
        return Map.copyOf(all);
    }

    private static Map<String, List<Form>> forms() {
        Map<String, List<Form>> forms = new HashMap<>();
        forms.put(UNNEST, List.of());
        for (SqlType json : List.of(SqlType.JSON, SqlType.JSONB)) {
            String prefix = json + "_";
            forms.put(prefix + "array_elements", List.of(form(List.of(json), json)));
            forms.put(prefix + "array_elements_text", List.of(form(List.of(json), SqlType.TEXT)));
            forms.put(prefix + "each", List.of(form(List.of(json), SqlType.TEXT, json)));
            forms.put(prefix + "each_text", List.of(form(List.of(json), SqlType.TEXT, SqlType.TEXT)));
            forms.put(prefix + "object_keys", List.of(form(List.of(json), SqlType.TEXT)));
        }
        List<Form> series = new ArrayList<>();
        for (SqlType number : List.of(SqlType.INTEGER, SqlType.BIGINT, SqlType.NUMERIC)) {
            series.add(form(List.of(number, number), number));
            series.add(form(List.of(number, number, number), number));
        }
        for (SqlType time : List.of(SqlType.TIMESTAMP, SqlType.TIMESTAMPTZ)) {
            series.add(form(List.of(time, time, SqlType.INTERVAL), time));
        }
        forms.put("generate_series", List.copyOf(series));
        forms.put(
                "string_to_table",
                List.of(
                        form(List.of(SqlType.TEXT, SqlType.TEXT), SqlType.TEXT),
                        form(List.of(SqlType.TEXT, SqlType.TEXT, SqlType.TEXT), SqlType.TEXT)));
        for (String ofPattern : List.of("regexp_matches", "regexp_split_to_table")) {
            SqlType result = ofPattern.equals("regexp_matches") ? SqlType.array(SqlType.TEXT) : SqlType.TEXT;
            forms.put(
                    ofPattern,
                    List.of(
                            form(List.of(SqlType.TEXT, SqlType.TEXT), result),
                            form(List.of(SqlType.TEXT, SqlType.TEXT, SqlType.TEXT), result)));
        }
        forms.put(SUBSCRIPTS, List.of(subscripts(SqlType.INTEGER), subscripts(SqlType.INTEGER, SqlType.BOOLEAN)));
        forms.replaceAll((name, overloads) -> overloads.stream()
                .map(form -> new Form(named(name, form.signature), form.columns))
                .toList());
        return Map.copyOf(forms);
    }

    private static Form form(List<SqlType> parameters, SqlType... columns) {
        List<Parameter> typed =
                parameters.stream().<Parameter>map(Parameter.Typed::new).toList();
        return new Form(new Signature("", typed, false, new Parameter.Typed(columns[0])), List.of(columns));
    }

    private static Form subscripts(SqlType... others) {
        List<Parameter> parameters = new ArrayList<>(List.of(new Parameter.Polymorphic(Signature.Like.ARRAY)));
        Arrays.stream(others).map(Parameter.Typed::new).forEach(parameters::add);
        return new Form(
                new Signature("", parameters, false, new Parameter.Typed(SqlType.INTEGER)), List.of(SqlType.INTEGER));
    }

    private static Signature named(String name, Signature signature) {
        return new Signature(name, signature.parameters(), signature.variadic(), signature.returns());
    }

    /** Whether its rows are numbered, by a last column. */
    boolean ordinality() {
        return ordinality;
    }

    /**
     * The names of the columns of its rows.
     *
     * @param alias the alias in FROM; null for none
     */
    List<String> columnNames(String alias, int arguments) {
        List<String> names = new ArrayList<>(NAMED_COLUMNS.getOrDefault(getName(), List.of()));
        if (arguments > 1 && getName().equals(UNNEST)) {
            IntStream.range(0, arguments).forEach(i -> names.add(UNNEST));
        } else if (names.isEmpty()) {
            names.add(alias == null ? getName() : alias);
        }
        if (ordinality) {
            names.add(ORDINALITY);
        }
        return names;
    }

    /** Whether each of its rows is one value, for which its alias stands. */
    boolean givesValues(int arguments) {
        return columnNames(null, arguments).size() == 1;
    }

    @Override
    public Optional<Signature> signature(List<SqlType> arguments) {
        if (!getName().equals(UNNEST)) {
            return new Overloads(signatures()).resolve(arguments);
        }
        boolean arrays =
                arguments.stream().allMatch(argument -> argument != null && argument.kind() == SqlType.Kind.ARRAY);
        return !arrays
                ? Optional.empty()
                : Optional.of(new Signature(
                        UNNEST,
                        arguments.stream().<Parameter>map(Parameter.Bound::new).toList(),
                        false,
                        new Parameter.Typed(arguments.get(0).element())));
    }

    private List<Signature> signatures() {
        return FORMS.get(getName()).stream().map(Form::signature).toList();
    }

    private List<SqlType> columnTypes(List<SqlType> arguments) {
        if (getName().equals(UNNEST)) {
            return arguments.stream().map(SqlType::element).toList();
        }
        if (getName().equals(SUBSCRIPTS)) {
            return List.of(SqlType.INTEGER);
        }
        Signature chosen = signature(arguments).orElseThrow();
        return FORMS.get(getName()).stream()
                .filter(form -> form.signature.equals(chosen))
                .findFirst()
                .orElseThrow()
                .columns;
    }

    @Override
    public SqlReturnTypeInference getRowTypeInference() {
        return this::rowType;
    }

    private RelDataType rowType(SqlOperatorBinding binding) {
        List<SqlType> types = columnTypes(CallTypes.arguments(binding));
        List<String> names = columnNames(null, binding.getOperandCount());
        RelDataTypeFactory factory = binding.getTypeFactory();
        RelDataTypeFactory.Builder row = factory.builder();
        for (int i = 0; i < types.size(); i++) {
            boolean mayBeNull = GIVE_NULL.contains(getName()) && i == types.size() - 1 || types.size() > 2;
            row.add(
                    names.get(i),
                    Types.of(factory, types.get(i), mayBeNull || getName().equals(UNNEST)));
        }
        if (ordinality) {
            row.add(ORDINALITY, Types.of(factory, SqlType.BIGINT, false));
        }
        return row.build();
    }

    @Override
    public RelDataType deriveType(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        return CallTypes.derive(validator, scope, call);
    }

    /** Which arguments it takes. */
    private static final class Arguments implements SqlOperandTypeChecker {
        @Override
        public boolean checkOperandTypes(SqlCallBinding binding, boolean throwOnFailure) {
            TableFunction function = (TableFunction) binding.getOperator();
            List<SqlType> arguments = CallTypes.arguments(binding);
            if (function.signature(arguments).isPresent()) {
                return true;
            }
            if (throwOnFailure) {
                throw CallTypes.refusal(binding, arguments);
            }
            return false;
        }

        @Override
        public SqlOperandCountRange getOperandCountRange() {
            return SqlOperandCountRanges.from(1);
        }

        @Override
        public String getAllowedSignatures(SqlOperator operator, String name) {
            return String.join(
                    ", ",
                    Arrays.asList(name + "("
                            + ((TableFunction) operator)
                                    .signatures().stream()
                                            .map(Signature::arguments)
                                            .toList() + ")"));
        }
    }
}
