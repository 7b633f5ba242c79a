package io.millrace.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The packages are the steps of the data's way: each knows only those before it. */
final class PackagesTest {
    private static final List<String> WAY = List.of(
            "catalog",
            "sql",
            "plan",
            "row",
            "operator",
            "cdn",
            "sink",
            "runtime",
            "deadletter",
            "alert",
            "invalidation",
            "scaling",
            "serve",
            "cli");

    @TestFactory
    List<DynamicTest> noPackageKnowsALaterOne() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.millrace");
        return IntStream.range(0, WAY.size() - 1)
                .mapToObj(i -> DynamicTest.dynamicTest(WAY.get(i), () -> noClasses()
                        .that()
                        .resideInAPackage("io.millrace." + WAY.get(i) + "..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(WAY.subList(i + 1, WAY.size()).stream()
                                .map(later -> "io.millrace." + later + "..")
                                .toArray(String[]::new))
                        .check(classes)))
                .toList();
    }

    @TestFactory
    List<DynamicTest> noPackageIsNamedForNothing() {
        JavaClasses classes = new ClassFileImporter().importPackages("io.millrace");
        return List.of("util", "utils", "common", "helper", "helpers", "manager").stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> noClasses()
                        .should()
                        .resideInAPackage("io.millrace.." + name + "..")
                        .check(classes)))
                .toList();
    }
}
