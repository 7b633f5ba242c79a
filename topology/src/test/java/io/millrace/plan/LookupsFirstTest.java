package io.millrace.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The order of joins, as the joins' inputs nest: {@code (a b)} joins a with b, {@code (a (a b))} looks b up by keys of a that
 * travel, see {@link KeyExchanges}.
 */
final class LookupsFirstTest {
    private static final String TABLES = """
            CREATE TABLE users (id integer PRIMARY KEY, name text, city integer);
            CREATE TABLE cities (id integer PRIMARY KEY, name text);
            CREATE TABLE photos (id integer PRIMARY KEY, owner integer, caption text);
            CREATE TABLE follows (id integer, whom integer, PRIMARY KEY (id, whom));
            """;

    private static String orderOf(String from) {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TABLES, "tables.sql", "test", errors);
        List<ViewDefinition> views = ViewsFile.read(
                "CREATE VIEW v AS SELECT count(*) AS n FROM " + from + ";", "views.sql", catalog, errors);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        return order(Planner.plan(views).views().get(0));
    }

    private static String order(PlanNode node) {
        if (node instanceof PlanNode.Scan scan) {
            return scan.table().name();
        }
        List<String> inputs =
                node.inputs().stream().map(LookupsFirstTest::order).toList();
        return node instanceof PlanNode.Join ? "(" + String.join(" ", inputs) + ")" : inputs.get(0);
    }

    @Test
    void aLookUpByTheManyIsDoneBeforeTheyAreMultiplied() {
        assertThat(orderOf("follows f JOIN photos p ON p.owner = f.whom JOIN users u ON u.id = p.owner"))
                .isEqualTo("(follows (photos users))");
        assertThat(orderOf("follows f JOIN photos p ON p.owner = f.whom LEFT JOIN users u ON u.id = p.owner"))
                .isEqualTo("(follows (photos users))");
    }

    @Test
    void aLookUpByTheFirstTableIsDoneBeforeItIsMultiplied() {
        assertThat(orderOf("users u JOIN follows f ON f.whom = u.id JOIN cities c ON c.id = u.city"))
                .isEqualTo("((users (users cities)) follows)");
        assertThat(orderOf("users u LEFT JOIN follows f ON f.whom = u.id JOIN cities c ON c.id = u.city"))
                .isEqualTo("((users (users cities)) follows)");
    }

    @Test
    void lookUpsOfLookUpsFollowThem() {
        assertThat(orderOf("follows f JOIN photos p ON p.owner = f.whom JOIN users u ON u.id = p.owner"
                        + " JOIN cities c ON c.id = u.city"))
                .isEqualTo("(follows (photos (users (users cities))))");
        assertThat(orderOf("users u JOIN follows f ON f.whom = u.id JOIN cities c ON c.id = u.city"
                        + " JOIN (SELECT owner, count(*) AS n FROM photos GROUP BY owner) p ON p.owner = u.id"))
                .isEqualTo("(((users (users cities)) photos) follows)");
    }

    @Test
    void theOrderStaysWhereAnotherWouldNotBeTheSame() {
        // By columns of both tables.
        assertThat(orderOf("users u JOIN follows f ON f.whom = u.id JOIN photos p ON p.id = u.city AND p.owner = f.id"))
                .isEqualTo("((users follows) photos)");
        // By a column of the padded side: an inner join afterwards drops what was padded.
        assertThat(orderOf("follows f LEFT JOIN photos p ON p.owner = f.whom JOIN users u ON u.id = p.owner"))
                .doesNotContain("(photos users)");
        // A condition that is more than an equality might fail on rows that it was not written for.
        assertThat(orderOf("follows f JOIN photos p ON p.owner = f.whom"
                        + " JOIN users u ON u.id = p.owner AND 10 / (u.city - p.id) > 1"))
                .isEqualTo("((follows photos) users)");
        // What may find many is no look-up.
        assertThat(orderOf("users u JOIN follows f ON f.whom = u.id JOIN photos p ON p.owner = u.id"))
                .isEqualTo("((users follows) photos)");
    }
}
