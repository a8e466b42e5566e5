# Sourced by what needs a real site: download_test.sh, and tests/bench/downloads.sh.
#
#   start_site FOLDER     writes certificates and pages into the folder, starts an nginx on free ports,
#                         and sets $http, $https, ... to its addresses. Ends this shell with
#                         status 77 where there is no nginx.
#   stop_site

# Answers that nginx itself would never give: each has a port, and is sent before there is a question.
declare -A raw_answers=(
  [nothing]=''
  [garbage]='SSH-2.0-OpenSSH_9.2\r\n'
  [too_short]='HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this'
  [half_a_header]='HTTP/1.1 200 OK\r\nContent-Len'
  [bad_length]='HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n'
  [bad_chunk]='HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n'
  [nothing_to_send]='HTTP/1.1 204 No Content\r\n\r\n'
  [early_hints]='HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK'
  [nowhere]='HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n'
  [bad_redirect]='HTTP/1.1 302 Found\r\nLocation: http://\r\nContent-Length: 0\r\n\r\n'
  [other_scheme]='HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n'
  [long_header]="HTTP/1.1 200 OK\r\nX-Long: \$long\$long\$long\$long\$long\$long\r\nContent-Length: 0\r\n\r\n"
  [too_long]='HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n'
)

make_certificates() ( # FOLDER
  cd "$1"
  make_certificate() { # NAME SUBJECT_ALTERNATIVE_NAME DAYS [SUBJECT]
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" \
      -subj "/CN=${4:-$1}"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$3" -out "$1.pem" \
      -extfile <(echo "subjectAltName=$2")
  }
  {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 \
      -subj '/CN=the certificate authority of a test'
    make_certificate right 'DNS:localhost,IP:127.0.0.1' 2
    make_certificate wrong_host 'DNS:elsewhere.example' 2
    make_certificate expired 'DNS:localhost' -1
    make_certificate no_name 'email:someone@localhost' 2 localhost
  } >certificates.log 2>&1 || { cat certificates.log; exit 1; }
)

write_configuration() { # FOLDER MODULES: uses $first_port
  local port=$first_port name
  next_port() { printf -v "$1" "${3:-%s}" "127.0.0.1:$port"; printf -v "$2" %s "$port"; port=$((port + 1)); }
  next_port http http_port 'http://%s'
  next_port https https_port 'https://%s'
  next_port wrong_host wrong_host_port 'https://%s'
  next_port expired expired_port 'https://%s'
  next_port no_name no_name_port 'https://%s'
  wrong_host=${wrong_host/127.0.0.1/localhost}
  expired=${expired/127.0.0.1/localhost}
  no_name=${no_name/127.0.0.1/localhost}
  for name in "${!raw_answers[@]}"; do next_port "$name" "${name}_port" 'http://%s/'; done
  next_port refused refused_port 'http://%s/' # nobody listens there

  ((EUID != 0)) || echo 'user root;' # the folder is the user's who runs this
  cat <<END
load_module $2/ngx_stream_module.so;
master_process off;
daemon off;
pid $1/pid;
error_log $1/error.log notice;
events { worker_connections 1000; }
http {
  log_format one_line '\$connection \$status \$request_uri \$http_user_agent';
  access_log $1/access.log one_line;
  client_body_temp_path $1/body;
  proxy_temp_path $1/proxy;
  fastcgi_temp_path $1/fastcgi;
  uwsgi_temp_path $1/uwsgi;
  scgi_temp_path $1/scgi;
  root $1/pages;
  default_type text/html;
  keepalive_requests 1000000;
  limit_conn_zone \$server_name zone=at_once:1m;
  limit_req_zone \$server_name zone=busy:1m rate=4r/s;
  limit_req_zone \$server_name zone=too_many:1m rate=4r/s;
  limit_req_zone \$server_name zone=for_long:1m rate=1r/m;
  limit_req_zone \$uri zone=one_a_minute:1m rate=1r/m;
  server {
    server_name limited; # the limits count those
    listen 127.0.0.1:$http_port backlog=4096;
    listen 127.0.0.1:$https_port ssl;
    ssl_certificate $1/right.pem;
    ssl_certificate_key $1/right.key;
    absolute_redirect off;
    location = /relative { return 302 small?from=relative; }
    location = /absolute { return 301 $http/small; }
    location = /secure { return 307 https://localhost:$https_port/small; }
    location = /insecure { return 302 $http/small; }
    location = /loop { return 302 /loop; }
    location = /slow { limit_rate 100; alias $1/pages/big; }
    location = /chunked { ssi on; alias $1/pages/included; }
    location = /to_the_end { ssi on; chunked_transfer_encoding off; alias $1/pages/included; }
    location = /broken { return 500; }
    location = /paced { output_buffers 1 4k; limit_rate 100k; alias $1/pages/big; } # takes 80 ms
    location = /four { limit_conn at_once 4; output_buffers 1 4k; limit_rate 200k; alias $1/pages/big; }
    location = /busy { limit_req zone=busy; alias $1/pages/small; }
    location = /too_many { limit_req zone=too_many; limit_req_status 429; add_header Retry-After 0 always;
                           alias $1/pages/small; }
    location = /too_many_for_long { limit_req zone=for_long; limit_req_status 429;
                                    add_header Retry-After 3600 always; alias $1/pages/small; }
    location ~ ^/first_only { limit_req zone=one_a_minute burst=1000; alias $1/pages/small; }
    location = /closes { keepalive_timeout 0; alias $1/pages/small; }
    location = /closes_soon { keepalive_timeout 5ms; alias $1/pages/small; }
  }
  server {
    listen 127.0.0.1:$wrong_host_port ssl;
    ssl_certificate $1/wrong_host.pem;
    ssl_certificate_key $1/wrong_host.key;
  }
  server {
    listen 127.0.0.1:$expired_port ssl;
    ssl_certificate $1/expired.pem;
    ssl_certificate_key $1/expired.key;
  }
  server {
    listen 127.0.0.1:$no_name_port ssl;
    ssl_certificate $1/no_name.pem;
    ssl_certificate_key $1/no_name.key;
  }
}
stream {
  map \$protocol \$long { default $(printf '%03000d' 0); }
END
  for name in "${!raw_answers[@]}"; do
    local its_port=${name}_port
    echo "  server { listen 127.0.0.1:${!its_port}; return \"${raw_answers[$name]}\"; }"
  done
  echo '}'
}

start_site() { # FOLDER
  local folder=$1 nginx modules attempt
  nginx=$("$(dirname "${BASH_SOURCE[0]}")/../../cmake/nginx.sh") || exit "$?"
  modules=$(realpath "$(dirname "$(realpath "$nginx")")/../lib/nginx/modules")
  make_certificates "$folder" || exit 1
  mkdir "$folder/pages"
  head -c 10966 /dev/zero | tr '\0' . >"$folder/pages/big"
  head -c 276 /dev/zero | tr '\0' . >"$folder/pages/small"
  echo '<!--# echo var="request_uri" -->, included' >"$folder/pages/included"

  for ((attempt = 1; attempt <= 20; ++attempt)); do
    first_port=$((10000 + RANDOM % 20000)) # below those that the system gives to clients
    write_configuration "$folder" "$modules" >"$folder/nginx.conf"
    "$nginx" -p "$folder" -c "$folder/nginx.conf" -e "$folder/error.log" &>"$folder/nginx.log" &
    site=$!
    while kill -0 "$site" 2>/dev/null && [[ ! -s $folder/pid ]]; do sleep 0.01; done
    [[ ! -s $folder/pid ]] || return 0
    wait "$site"
    grep -q 'Address already in use' "$folder/nginx.log" || break
  done
  echo 'nginx does not start:'
  cat "$folder/nginx.log"
  exit 1
}

stop_site() {
  [[ -z ${site-} ]] || { kill "$site" && wait "$site"; } &>/dev/null
}
