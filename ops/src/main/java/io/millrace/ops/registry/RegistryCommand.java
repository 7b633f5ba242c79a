package io.millrace.ops.registry;

import io.millrace.catalog.UserError;
import io.millrace.cli.Millrace;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The small schema registry in a process of its own, as the containers' registry is. */
@Command(
        name = "registry",
        description = "Run the schema registry that Millrace brings, until SIGTERM or Ctrl-C. Variables KAFKA_* are"
                + " properties of its clients: KAFKA_BOOTSTRAP_SERVERS.")
public final class RegistryCommand implements Callable<Integer> {
    private static final String PREFIX = "KAFKA_";

    @Spec
    private CommandSpec spec;

    @Option(names = "--host", description = "The address to listen on; default: ${DEFAULT-VALUE}, every one.")
    private String host = "0.0.0.0";

    @Option(names = "--port", description = "The port to listen on; default: ${DEFAULT-VALUE}.")
    private int port = 8081;

    public static void main(String[] arguments) {
        System.exit(Millrace.reporting(new CommandLine(new RegistryCommand())).execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, Object> clients = clientProperties(System.getenv());
        if (!clients.containsKey("bootstrap.servers")) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "no brokers are named",
                    "set KAFKA_BOOTSTRAP_SERVERS to host:port pairs, separated by commas");
        }
        DevelopmentRegistry registry = DevelopmentRegistry.start(clients, new InetSocketAddress(host, port));
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            registry.close();
                            stopped.countDown();
                        },
                        "registry-shutdown"));
        spec.commandLine().getOut().println("schema registry at port " + registry.port());
        spec.commandLine().getOut().flush();
        stopped.await();
        return 0;
    }

    /** Properties of Kafka's clients: KAFKA_SECURITY_PROTOCOL is security.protocol. */
    static Map<String, Object> clientProperties(Map<String, String> environment) {
        Map<String, Object> properties = new HashMap<>();
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !value.isBlank()) {
                properties.put(
                        name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        return properties;
    }
}
