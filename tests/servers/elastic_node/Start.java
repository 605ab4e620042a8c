import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * One node of the vendor's server, without its packaged bootstrap: that one refuses root and wants a whole distribution.
 * usage: Start HOME MODULES [setting=value ...]; with -Dbound.to=PID it ends when that process does.
 */
public class Start {
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Settings.Builder settings = Settings.builder().put("path.home", home);
        for (int i = 2; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            settings.put(args[i].substring(0, equals), args[i].substring(equals + 1));
        }
        Class.forName("org.elasticsearch.common.logging.LogConfigurator").getMethod("configureESLogging").invoke(null);
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), home.resolve("config"), () -> "node");
        PluginsLoader modules =
            PluginsLoader.createPluginsLoader(PluginsLoader.loadModulesBundles(Path.of(args[1])), Set.of(), Map.of());
        Node node = new Node(environment, modules);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception e) {
                e.printStackTrace();
            }
        }));
        if (Long.getLong("bound.to") != null) {
            ProcessHandle.of(Long.getLong("bound.to")).ifPresentOrElse(
                owner -> owner.onExit().thenRun(() -> Runtime.getRuntime().halt(0)), () -> Runtime.getRuntime().halt(0));
        }
        node.start();
        Thread.currentThread().join();
    }
}
