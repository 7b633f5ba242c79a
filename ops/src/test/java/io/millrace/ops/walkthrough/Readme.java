package io.millrace.ops.walkthrough;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** The commands of README.md: the indented lines of its first screen and of its walk-through, without their comments. */
record Readme(List<String> commands) {
    static Readme read() throws IOException {
        String text = Files.readString(Checkout.ROOT.resolve("README.md"));
        int end = text.indexOf("\n## Your own pipeline");
        return new Readme(text.substring(0, end)
                .lines()
                .filter(line -> line.startsWith("    ./millrace ") || line.startsWith("    curl "))
                .map(line -> line.replaceFirst("\\s+#.*", "").strip())
                .toList());
    }

    /** The one command that begins so. */
    String command(String beginning) {
        List<String> found = commands.stream()
                .filter(command -> command.startsWith(beginning))
                .distinct()
                .toList();
        if (found.size() != 1) {
            throw new AssertionError("README.md should have one command " + beginning + ", not " + found);
        }
        return found.get(0);
    }
}
