package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.operator.memory.MemoryPipeline;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Views as teams write them, under random histories: after each quiet moment every view holds what PostgreSQL answers. The
 * folders of {@code corpus} hold them, a schema each; {@code -Dmillrace.corpus} names the only one that is run, {@code
 * -Dmillrace.histories} says how many histories of random seeds are run beyond those of always the same seeds, and {@code
 * -Dmillrace.seed} repeats one.
 */
final class CorpusTest {
    private static final int PARTITIONS = 3;
    private static final int BATCHES = 4;
    private static final int CHANGES_PER_TABLE = 14;
    /** So many seeds at most, always the same, until every view has had a row. */
    private static final int MOST_ALWAYS = 20;

    private static final int LEAST_SCHEMAS = 12;
    private static final int LEAST_VIEWS = 300;

    private static final Pattern END_OF_STATEMENT = Pattern.compile("(?<=;)\\n");

    private static Oracle oracle;

    @BeforeAll
    static void startOracle() throws Exception {
        oracle = new Oracle();
    }

    @AfterAll
    static void stopOracle() throws Exception {
        oracle.close();
    }

    @TestFactory
    Stream<DynamicTest> everyViewEqualsPostgresAfterEachBatch() throws Exception {
        return CorpusSchema.all().stream()
                .map(schema -> DynamicTest.dynamicTest(schema.name(), () -> {
                    List<ViewDefinition> views = planned(schema);
                    oracle.create(schema.tables(), byTheClock(schema.views()));
                    Long only = Long.getLong("millrace.seed");
                    if (only != null) {
                        run(schema, views, only);
                        return;
                    }
                    Set<String> neverShown = run(schema, views, 0);
                    for (int seed = 1; seed < MOST_ALWAYS && !neverShown.isEmpty(); seed++) {
                        neverShown.retainAll(run(schema, views, seed));
                    }
                    assertThat(neverShown)
                            .as("views that never have a row show nothing")
                            .isEmpty();
                    for (int i = 0; i < Integer.getInteger("millrace.histories", 1); i++) {
                        run(schema, views, System.nanoTime());
                    }
                }));
    }

    /** The views of views.sql, which can be planned together; all mistakes are told at once. */
    private static List<ViewDefinition> planned(CorpusSchema schema) {
        List<UserError> errors = new ArrayList<>();
        List<ViewDefinition> views =
                ViewsFile.read(schema.views(), schema.name() + "/views.sql", schema.catalog(), errors);
        views.forEach(view -> refusal(view, errors));
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        return views;
    }

    /** The views with the date of the oracle's clock, which now() alone reads. */
    private static String byTheClock(String views) {
        return views.replace("current_date", "now()::date").replace("current_timestamp", "now()");
    }

    private static void refusal(ViewDefinition view, List<UserError> errors) {
        try {
            Planner.plan(List.of(view));
        } catch (UserError e) {
            errors.add(e);
        } catch (RuntimeException e) {
            throw new AssertionError("view " + view.name() + " cannot be planned", e);
        }
    }

    /** Runs a history and returns the views that never had a row. */
    private static Set<String> run(CorpusSchema schema, List<ViewDefinition> definitions, long seed) throws Exception {
        Random random = new Random(seed);
        Clock clock = new Clock(random);
        MemoryPipeline pipeline = new MemoryPipeline(
                Planner.plan(definitions), PARTITIONS, random, clock.nowMicros(), 1 + random.nextInt(3));
        History history = new History(random, schema.domains(), schema.changing(), Histories.SHARDS);
        List<PlanNode.View> views = pipeline.views();
        Set<String> neverShown =
                new HashSet<>(views.stream().map(PlanNode.View::name).toList());
        List<String> differing = new ArrayList<>();
        for (int batch = 1; batch <= BATCHES && differing.isEmpty(); batch++) {
            int changes = CHANGES_PER_TABLE * schema.changing().size();
            for (int i = 0; i < changes; i++) {
                history.next().forEach(pipeline::append);
                pipeline.runSome(random.nextInt(6));
            }
            clock.moveOn();
            pipeline.advance(clock.nowMicros());
            pipeline.runToQuiet();
            oracle.setTime(clock.nowMicros());
            assertThat(pipeline.failures()).as("millrace.seed=" + seed).isEmpty();
            oracle.load(schema.changing(), history);
            for (PlanNode.View view : views) {
                List<String> expected = oracle.read("SELECT * FROM \"" + view.name() + '"');
                List<String> actual = pipeline.rows(view);
                if (!actual.equals(expected)) {
                    differing.add(view.name() + "\n  PostgreSQL " + beside(expected, actual) + "\n  Millrace   "
                            + beside(actual, expected));
                }
                if (!expected.isEmpty()) {
                    neverShown.remove(view.name());
                }
            }
        }
        assertThat(differing).as("millrace.seed=" + seed).isEmpty();
        return neverShown;
    }

    /** The rows of one answer that are not in the other. */
    private static List<String> beside(List<String> rows, List<String> others) {
        List<String> rest = new ArrayList<>(rows);
        others.forEach(rest::remove);
        return rest;
    }

    @Test
    void theCorpusIsOfManySchemasAndViews() throws Exception {
        List<CorpusSchema> schemas = CorpusSchema.all();
        Assumptions.assumeTrue(System.getProperty("millrace.corpus") == null, "only one schema is read");
        assertThat(schemas).hasSizeGreaterThanOrEqualTo(LEAST_SCHEMAS);
        long views = schemas.stream()
                .flatMap(schema -> schema.views().lines())
                .filter(line -> line.startsWith("CREATE VIEW"))
                .count();
        assertThat(views).isGreaterThanOrEqualTo(LEAST_VIEWS);
    }

    @TestFactory
    Stream<DynamicTest> everyViewThatIsNotMaintainedYetIsRefused() throws Exception {
        return CorpusSchema.all().stream()
                .filter(schema -> !schema.later().isEmpty())
                .map(schema -> DynamicTest.dynamicTest(schema.name(), () -> {
                    oracle.create(schema.tables(), schema.views() + schema.later());
                    List<UserError> errors = new ArrayList<>();
                    ViewsFile.read(schema.views() + schema.later(), "later.sql", schema.catalog(), errors).stream()
                            .filter(view -> lineOf(view.place()) > linesOf(schema.views()))
                            .forEach(view -> refusal(view, errors));
                    assertThat(maintained(schema, errors)).isEmpty();
                }));
    }

    /** The statements of later.sql without an error that says where it is. */
    private static List<String> maintained(CorpusSchema schema, List<UserError> errors) {
        Set<Integer> lines = new HashSet<>();
        errors.stream()
                .filter(error -> error.category() == UserError.Category.UNSUPPORTED
                        || error.category() == UserError.Category.INVALID_PIPELINE)
                .forEach(error -> lines.add(lineOf(error.place().orElseThrow())));
        List<String> maintained = new ArrayList<>();
        int first = linesOf(schema.views()) + 1;
        for (String statement : END_OF_STATEMENT.split(schema.later())) {
            int last = first + linesOf(statement);
            int begin = first;
            if (lines.stream().noneMatch(line -> line >= begin && line <= last)) {
                maintained.add(statement);
            }
            first = last + 1;
        }
        return maintained;
    }

    private static int lineOf(SourcePlace place) {
        return place.line();
    }

    private static int linesOf(String text) {
        return (int) text.chars().filter(character -> character == '\n').count();
    }
}
