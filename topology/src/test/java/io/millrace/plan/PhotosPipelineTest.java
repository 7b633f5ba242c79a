package io.millrace.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.sql.ViewsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The demo pipeline's plan, as explain prints it; {@code -Dmillrace.rewrite=true} rewrites the golden file. */
final class PhotosPipelineTest {
    private static final Path FOLDER = Path.of("..", "pipelines", "photos");
    private static final Path GOLDEN = Path.of("src", "test", "resources", "plans", "photos.txt");

    @Test
    void theDemoIsPlannedAsTheGoldenFileSays() throws IOException {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog =
                TablesFile.read(Files.readString(FOLDER.resolve("tables.sql")), "tables.sql", "photos", errors);
        Plan plan = Planner.plan(
                ViewsFile.read(Files.readString(FOLDER.resolve("views.sql")), "views.sql", catalog, errors));
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        StringBuilder explained = new StringBuilder();
        plan.views()
                .forEach(view ->
                        explained.append(PlanPrinter.explain(plan, view)).append('\n'));
        if (Boolean.getBoolean("millrace.rewrite")) {
            Files.writeString(GOLDEN, explained);
        }
        assertThat(explained.toString()).isEqualTo(Files.readString(GOLDEN));
    }
}
