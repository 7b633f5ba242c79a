package io.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of functions and operators against PostgreSQL's catalog, and docs/sql.md against the table. */
final class SignaturesTest {
    private static final Path PAGE = Path.of("..", "docs", "sql.md");
    private static final String BEGIN =
            "<!-- Made from Signatures: change it, then run SignaturesTest with" + " -Dmillrace.rewrite=true. -->\n";
    private static final String END = "<!-- The end of what is made from Signatures. -->\n";

    private static final String CATALOG = """
            SELECT proname || '(' || array_to_string(ARRAY(
                SELECT CASE WHEN provariadic <> 0 AND n = pronargs THEN format_type(provariadic, NULL) || ', ...' ELSE format_type(t, NULL) END
                FROM unnest(proargtypes) WITH ORDINALITY AS a(t, n) WHERE n <= given ORDER BY n), ', ') || ') '
                || format_type(prorettype, NULL)
            FROM pg_proc, generate_series(pronargs - pronargdefaults, pronargs::integer) AS given
            WHERE pronamespace = 'pg_catalog'::regnamespace
            UNION ALL
            SELECT oprname || '(' || CASE WHEN oprleft <> 0 THEN format_type(oprleft, NULL) || ', ' ELSE '' END
                || format_type(oprright, NULL) || ') ' || format_type(oprresult, NULL)
            FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
            """;

    @Test
    void everySignatureIsOneOfPostgres() throws Exception {
        Set<String> catalog = new TreeSet<>();
        try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(CATALOG)) {
            while (result.next()) {
                catalog.add(result.getString(1).replace("\"any\"", "any"));
            }
        }
        List<String> ours = Signatures.byName().values().stream()
                .flatMap(List::stream)
                .map(each -> each.name() + "(" + each.arguments() + ") " + each.returns())
                .toList();
        assertThat(ours).hasSizeGreaterThan(150).doesNotHaveDuplicates();
        assertThat(catalog).containsAll(ours);
    }

    @Test
    void thePageListsEveryFunctionAndOperator() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        String wanted = page.substring(0, begin) + tables() + page.substring(page.indexOf(END));
        if (Boolean.getBoolean("millrace.rewrite")) {
            Files.writeString(PAGE, wanted);
        }
        assertThat(PAGE).content().isEqualTo(wanted);
    }

    private static String tables() {
        return "\n| operator | operands | result |\n|---|---|---|\n" + rows(true)
                + "\n| function | arguments | result |\n|---|---|---|\n" + rows(false) + "\n";
    }

    /** A row for each name and result, with all the arguments that lead to it. */
    private static String rows(boolean operators) {
        StringBuilder rows = new StringBuilder();
        for (List<Signature> overloads : Signatures.byName().values()) {
            if (overloads.get(0).isOperator() != operators) {
                continue;
            }
            Map<String, List<Signature>> byResult = overloads.stream()
                    .collect(Collectors.groupingBy(
                            each -> each.returns().toString(), java.util.LinkedHashMap::new, Collectors.toList()));
            byResult.forEach((result, signatures) -> rows.append("| `")
                    .append(overloads.get(0).name().replace("|", "\\|"))
                    .append("` | ")
                    .append(signatures.stream().map(Signature::arguments).collect(Collectors.joining("; ")))
                    .append(" | ")
                    .append(result)
                    .append(" |\n"));
        }
        return rows.toString();
    }
}
