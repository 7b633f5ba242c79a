package io.millrace.operator.expression;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.sql.QuotedConstant;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A constant in quotes that cannot be what it is taken for is refused where it stands, as in PostgreSQL. */
final class ConstantsTest {
    private static final String TABLES = """
            CREATE TYPE mood AS ENUM ('sad', 'ok');
            CREATE TABLE x (id integer PRIMARY KEY, d date, t timestamptz, e mood, s text, w integer[], l text[]);
            """;

    private static final String BEGIN = "CREATE VIEW v AS SELECT id";

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                ", 'abc'::int AS c FROM x                          ; ^'abc' ; invalid input syntax for type integer: \"abc\"",
                ", CAST('2024-02-30' AS date) AS c FROM x          ; ^'2024 ; date/time field value out of range: \"2024-02-30\"",
                ", coalesce(w[1], 'x') AS c FROM x                 ; ^'x'   ; invalid input syntax for type integer: \"x\"",
                ", CASE WHEN id > 1 THEN d ELSE 'x' END AS c FROM x; ^'x'   ; invalid input syntax for type date: \"x\"",
                ", id + 'x' AS c FROM x                            ; ^'x'   ; invalid input syntax for type integer: \"x\"",
                ", interval '1 foo' AS c FROM x                    ; ^'1 fo ; invalid input syntax for type interval: \"1 foo\"",
                ", ARRAY[1, 'x'] AS c FROM x                       ; ^'x'   ; invalid input syntax for type integer: \"x\"",
                ", l || 'a' AS c FROM x                            ; ^'a'   ; malformed array literal: \"a\"",
                " FROM x WHERE s ~ '(a'                            ; ^'(a'  ; invalid regular expression: parentheses () not balanced",
                " FROM x WHERE s !~* '(a)\\1'                      ; ^'(a)  ; regular expressions with back references are not supported",
                " FROM x WHERE s SIMILAR TO '(a'                   ; ^'(a'  ; invalid regular expression: parentheses () not balanced",
                ", regexp_replace(s, '[b', '-', 'g') AS c FROM x   ; ^'[b'  ; invalid regular expression: brackets [] not balanced",
                ", regexp_replace(s, 'b', '-', 'y') AS c FROM x    ; ^'y'   ; invalid regular expression option: \"y\"",
                ", (regexp_match(s, '(a)\\1'))[1] AS c FROM x      ; ^'(a)  ; regular expressions with back references are not supported",
                ", substring(s FROM '*') AS c FROM x               ; ^'*'   ; invalid regular expression: quantifier operand invalid",
                " FROM x WHERE d > 'x'                             ; ^'x'   ; invalid input syntax for type date: \"x\"",
                " FROM x WHERE d BETWEEN '2024-01-01' AND 'x'      ; ^'x'   ; invalid input syntax for type date: \"x\"",
                " FROM x WHERE id IN (1, 'x')                      ; ^'x'   ; invalid input syntax for type integer: \"x\"",
                " FROM x WHERE id = ANY ('{1,x}')                  ; ^'{1,x ; invalid input syntax for type integer: \"x\"",
                " FROM x WHERE e = 'glad'                          ; ^'glad ; invalid input value for enum mood: \"glad\"",
                " FROM x WHERE id IN (SELECT id FROM x WHERE d > 'x') ; ^'x' ; invalid input syntax for type date: \"x\"",
                " FROM x UNION ALL SELECT 'x'                      ; ^'x'   ; invalid input syntax for type integer: \"x\"",
                " FROM x GROUP BY id HAVING max(t) > 'x'           ; ^'x'   ; invalid input syntax for type timestamp with time zone: \"x\"",
            })
    void aConstantThatIsNoneOfItsTypeIsRefused(String query, String at, String message) {
        String view = BEGIN + " " + query;
        UserError error = Constants.mistakes(constants(view)).get(0);
        assertThat(error.getMessage()).isEqualTo(message);
        assertThat(error.place().orElseThrow().column()).isEqualTo(view.indexOf(at.substring(1)) + 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ", '12'::int AS c, 'x'::text AS u FROM x",
                " FROM x WHERE d > '2024-02-29' AND e = 'ok' AND s = 'anything' AND t >= 'infinity'",
                ", l || '{a}' AS c, w || '{}' AS u FROM x",
                " FROM x UNION ALL SELECT '7'",
                ", regexp_replace(s, '(', '-', 'q') AS c, regexp_count(s, 'a # (', 1, 'x') AS u FROM x",
                ", substring(s FROM 'a#\"b#\"c' FOR '#') AS c FROM x WHERE s SIMILAR TO 'a|b'",
                " FROM x WHERE s IN ('a', 'b') AND l @> '{a,b}'"
            })
    void constantsOfTheirTypesAreNot(String query) {
        assertThat(Constants.mistakes(constants(BEGIN + query))).isEmpty();
    }

    private static List<QuotedConstant> constants(String view) {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "test", errors);
        List<ViewDefinition> views = ViewsFile.read(view, "views.sql", catalog, errors);
        assertThat(errors).isEmpty();
        return views.get(0).constants();
    }
}
