package io.millrace.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A label that an enum has not is a mistake in the view, as in PostgreSQL, and not one in every row. */
final class EnumConstantsTest {
    private static final String TABLES =
            "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (id integer PRIMARY KEY, m mood);";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT id FROM t WHERE m = 'glad'",
                "SELECT id FROM t WHERE m IN ('ok', 'glad')",
                "SELECT id, coalesce(m, 'glad') AS x FROM t",
                "SELECT id, 'glad'::mood AS x FROM t"
            })
    void aLabelThatTheEnumHasNotIsRefused(String query) {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "test", errors);
        var views = ViewsFile.read("CREATE VIEW v AS " + query, "views.sql", catalog, errors);
        assertThat(errors).isEmpty();
        UserError error = catchThrowableOfType(UserError.class, () -> Planner.plan(views));
        assertThat(error.render())
                .startsWith("views.sql:1:13: view v: invalid input value for enum mood: \"glad\"")
                .endsWith("its values are sad, ok");
    }
}
