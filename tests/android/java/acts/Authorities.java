package acts;

import android.content.RestrictionsManager;
import android.os.BaseBundle;
import android.os.Bundle;
import bench.Acts;
import bench.Bench;
import bench.Device;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.Key;
import java.security.KeyStoreSpi;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.Map;

/** The store AndroidCAStore: whom the system trusts (`system:`), and whom a person does (`user:`). */
public final class Authorities extends KeyStoreSpi {
    @Override public void engineLoad(InputStream stream, char[] password) {
        Device.pass("AndroidCAStore");
    }

    @Override public void engineLoad(java.security.KeyStore.LoadStoreParameter given) {
        Device.pass("AndroidCAStore");
    }

    @Override public Certificate engineGetCertificate(String alias) {
        byte[] found = Device.authorities.get(alias);
        try {
            return found == null ? null : CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(found));
        } catch (CertificateException fault) {
            return null;  // as TrustedCertificateStore, which logs it
        }
    }

    @Override public Enumeration<String> engineAliases() {
        return Collections.enumeration(Device.authorities.keySet());
    }

    @Override public boolean engineContainsAlias(String alias) {
        return Device.authorities.containsKey(alias);
    }

    @Override public Key engineGetKey(String alias, char[] password) { return null; }
    @Override public Certificate[] engineGetCertificateChain(String alias) { return null; }
    @Override public Date engineGetCreationDate(String alias) { return new Date(); }
    @Override public void engineDeleteEntry(String alias) {
        throw new UnsupportedOperationException();
    }
    @Override public void engineSetKeyEntry(
            String alias, Key key, char[] password, Certificate[] chain) {
        throw new UnsupportedOperationException();
    }
    @Override public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {
        throw new UnsupportedOperationException();
    }
    @Override public void engineSetCertificateEntry(String alias, Certificate one) {
        throw new UnsupportedOperationException();
    }
    @Override public int engineSize() { return Device.authorities.size(); }
    @Override public boolean engineIsKeyEntry(String alias) { return false; }
    @Override public boolean engineIsCertificateEntry(String alias) { return true; }
    @Override public String engineGetCertificateAlias(Certificate one) { return null; }
    @Override public void engineStore(OutputStream stream, char[] password) {
        throw new UnsupportedOperationException();
    }
}

@Acts(RestrictionsManager.class)
final class RestrictionsManagerActs {
    static Bundle getApplicationRestrictions(RestrictionsManager self) {
        return Device.restrictions == null
                ? null : Bench.set(new Bundle(), "extras", Device.restrictions);
    }
}

@Acts(BaseBundle.class)
final class BaseBundleActs {
    static String getString(BaseBundle self, String name) {
        Object found = Bench.<Map<String, Object>>get(self, "extras").get(name);
        return found instanceof String ? (String) found : null;
    }
}
