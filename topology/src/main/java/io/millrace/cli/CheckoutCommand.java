package io.millrace.cli;

import io.millrace.catalog.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * A command of the launcher's. The jar lists it, so that help is one list, and says where to find it: it needs databases and a
 * broker, which the jar does not carry.
 */
abstract sealed class CheckoutCommand implements Callable<Integer> {
    private final String name;

    @SuppressWarnings("unused") // Whatever follows the name is the launcher's to understand.
    @Unmatched
    private List<String> rest = new ArrayList<>();

    private CheckoutCommand(String name) {
        this.name = name;
    }

    @Override
    public Integer call() {
        throw UserError.of(
                UserError.Category.USAGE,
                name + " is a command of a checkout's launcher, not of the jar",
                "run ./millrace " + name + " in a checkout of Millrace");
    }

    @Command(
            name = "dev",
            description = "Run everything on this machine: databases, Kafka, capture, views, demo traffic.")
    static final class Dev extends CheckoutCommand {
        Dev() {
            super("dev");
        }
    }

    @Command(name = "test", description = "Run tests of views: every view is compared with PostgreSQL itself.")
    static final class Test extends CheckoutCommand {
        Test() {
            super("test");
        }
    }

    @Command(name = "kafka", description = "Run one of Kafka's own tools, pointed at the running stack.")
    static final class Kafka extends CheckoutCommand {
        Kafka() {
            super("kafka");
        }
    }

    @Command(name = "images", description = "Upload pictures to the example pipeline of images, and work on them.")
    static final class Images extends CheckoutCommand {
        Images() {
            super("images");
        }
    }
}
